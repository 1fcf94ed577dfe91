package dev.leadline.bench.stats;

import dev.leadline.bench.record.Sample;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Requests by tenths of a second around a moment, by the times at which they should have been sent.
 *
 * @param first number of the first tenth; those before the moment are negative
 * @param tenths without a gap
 * @param rounds that are in it
 */
public record Timeline(int first, List<Tenth> tenths, int rounds) {
  public static final int MILLIS = 100;
  private static final long NANOS = MILLIS * 1_000_000L;
  private static final int PER_SECOND = 1000 / MILLIS;

  /**
   * Some requests.
   *
   * @param requests all of them
   * @param toTarget those that one target answered
   * @param failed those that failed: to whichever target they went, nobody can say
   * @param p99Nanos their latency; 0 without requests
   */
  public record Tenth(int requests, int toTarget, int failed, long p99Nanos) {
    private Tenth plus(Tenth other) {
      return new Tenth(
          requests + other.requests, toTarget + other.toTarget, failed + other.failed, 0);
    }
  }

  /** The tenth that lies so long after the moment. */
  static int bin(long nanos) {
    return Math.toIntExact(Math.floorDiv(nanos, NANOS));
  }

  /** The share of the target before the moment; 0 if there was no request. */
  double shareBefore() {
    Tenth before = sum(first, 0);
    return before.requests() == 0 ? 0 : (double) before.toTarget() / before.requests();
  }

  /**
   * The beginning of the first whole second with requests that is as wanted.
   *
   * @param from the tenth with which it begins at the earliest
   * @param until the tenth with which it ends at the latest
   * @param tenth what its first tenth must be like
   * @return milliseconds after {@code from}; null if there is none
   */
  @Nullable Long firstSecond(int from, int until, Predicate<Tenth> tenth, Predicate<Tenth> wanted) {
    int end = Math.min(until, first + tenths.size());
    for (int begin = Math.max(from, first); begin + PER_SECOND <= end; begin++) {
      Tenth second = sum(begin, begin + PER_SECOND);
      if (second.requests() > 0 && tenth.test(tenths.get(begin - first)) && wanted.test(second)) {
        return (long) (begin - from) * MILLIS;
      }
    }
    return null;
  }

  private Tenth sum(int from, int until) {
    Tenth sum = new Tenth(0, 0, 0, 0);
    for (int i = Math.max(from, first); i < Math.min(until, first + tenths.size()); i++) {
      sum = sum.plus(tenths.get(i - first));
    }
    return sum;
  }

  /**
   * One request.
   *
   * @param intendedNanos from the start of the burst
   * @param latencyNanos the timeout if it failed
   * @param toTarget whether the target answered it
   */
  record Request(long intendedNanos, long latencyNanos, boolean toTarget, boolean failed) {

    static Request of(Sample sample, String target, long timeoutNanos) {
      return new Request(
          sample.intendedNanos(),
          sample.failed() ? timeoutNanos : sample.latencyNanos(),
          target.equals(sample.instanceId()),
          sample.failed());
    }
  }

  /** 99% of these requests took no longer; 0 without requests. */
  static long p99(List<Request> requests) {
    return requests.isEmpty()
        ? 0
        : new Percentiles(requests.stream().mapToLong(Request::latencyNanos).toArray()).at(99);
  }

  /** Collects requests of several rounds. */
  static final class Builder {
    private final SortedMap<Integer, List<Request>> byTenth = new TreeMap<>();
    private int rounds;

    /**
     * Adds a round.
     *
     * @param momentNanos of the moment, from the start of the burst
     */
    void add(List<Request> requests, long momentNanos) {
      rounds++;
      for (Request request : requests) {
        byTenth
            .computeIfAbsent(bin(request.intendedNanos() - momentNanos), any -> new ArrayList<>())
            .add(request);
      }
    }

    Timeline build() {
      List<Tenth> tenths = new ArrayList<>();
      int first = byTenth.isEmpty() ? 0 : byTenth.firstKey();
      int last = byTenth.isEmpty() ? -1 : byTenth.lastKey();
      for (int i = first; i <= last; i++) {
        List<Request> within = byTenth.getOrDefault(i, List.of());
        tenths.add(
            new Tenth(
                within.size(),
                (int) within.stream().filter(Request::toTarget).count(),
                (int) within.stream().filter(Request::failed).count(),
                p99(within)));
      }
      return new Timeline(first, List.copyOf(tenths), rounds);
    }
  }
}
