package dev.leadline.balancer.observe;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * What was counted so far, by the place of each counter and of each distribution in its {@linkplain
 * MetricLevel level}. Immutable.
 */
public final class Counts {

  private final long[] values;
  private final List<LatencyCounts> latencies;

  private Counts(long[] values, List<LatencyCounts> latencies) {
    this.values = values;
    this.latencies = latencies;
  }

  long get(int place) {
    return values[place];
  }

  LatencyCounts latency(int place) {
    return latencies.get(place);
  }

  Counts plus(Counts other) {
    List<LatencyCounts> sum = new ArrayList<>();
    for (int i = 0; i < latencies.size(); i++) {
      sum.add(latency(i).plus(other.latency(i)));
    }
    return new Counts(LatencyCounts.sum(values, other.values), sum);
  }

  /**
   * One way in which an event moves counts.
   *
   * @param <E> the events
   */
  @FunctionalInterface
  interface Step<E> {
    /** Adds to the values, each at the place of its counter. */
    void count(E event, long[] values);
  }

  /**
   * Counts events of one kind. Not thread-safe.
   *
   * @param <E> the events
   */
  static final class Counter<E> {
    private final List<Step<E>> steps;
    private final long[] values;
    private final List<ToLongFunction<E>> times;
    private final LatencyCounts.Recorder[] recorders;

    /**
     * Begins at 0.
     *
     * @param steps how an event moves the counts
     * @param places number of counts
     * @param times the nanoseconds that an event adds to each distribution; negative: none
     */
    Counter(List<Step<E>> steps, int places, List<ToLongFunction<E>> times) {
      this.steps = steps;
      this.times = times;
      values = new long[places];
      recorders = new LatencyCounts.Recorder[times.size()];
      Arrays.setAll(recorders, it -> new LatencyCounts.Recorder());
    }

    void count(E event) {
      for (int i = 0; i < steps.size(); i++) {
        steps.get(i).count(event, values);
      }
      for (int i = 0; i < recorders.length; i++) {
        long nanos = times.get(i).applyAsLong(event);
        if (nanos >= 0) {
          recorders[i].record(nanos);
        }
      }
    }

    Counts counts() {
      return new Counts(
          values.clone(), Arrays.stream(recorders).map(LatencyCounts.Recorder::counts).toList());
    }
  }
}
