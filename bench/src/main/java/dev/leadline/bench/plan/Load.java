package dev.leadline.bench.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The load of one measurement.
 *
 * @param requests in all; 0 where only the duration ends it, or {@link #MAX_REQUESTS}
 * @param connections at most, over all event loops
 * @param reuse whether a connection carries more than one request
 * @param streams requests at once on one connection; above 1 with HTTP/2 only
 * @param perSecond requests, of a rate or of the first step of a ramp; otherwise 0
 * @param lastPerSecond of the last step of a ramp; otherwise {@code perSecond}
 * @param steps of a ramp; otherwise 1
 * @param durationMillis after which no request begins, of a ramp for each step; 0 where only the
 *     number of requests ends it
 * @param intervalMillis of a soak; otherwise 0
 * @param loops event loops that send it
 */
public record Load(
    Pattern pattern,
    int requests,
    int connections,
    boolean reuse,
    int streams,
    double perSecond,
    double lastPerSecond,
    int steps,
    Arrivals arrivals,
    long durationMillis,
    long intervalMillis,
    int loops) {

  /** Of one measurement: its times are held in memory until it has ended, some 100 MB. */
  public static final int MAX_REQUESTS = 2_000_000;

  /** A number of requests at one moment, each on a connection of its own. */
  public static Load burst(int requests) {
    return new Load(
        Pattern.BURST, requests, requests, false, 1, 0, 0, 1, Arrivals.CONSTANT, 0, 0, 1);
  }

  /** Users who share a number of requests, each with a connection that it keeps. */
  public static Load closed(int requests, int users) {
    return new Load(Pattern.CLOSED, requests, users, true, 1, 0, 0, 1, Arrivals.CONSTANT, 0, 0, 1);
  }

  /** Users of a closed loop; 0 for an open one. */
  public int users() {
    return pattern == Pattern.CLOSED ? connections * streams : 0;
  }

  /** Connections of one event loop. */
  public int connections(int loop) {
    return share(connections, loop);
  }

  /** Rates of the steps, in their order; one for every other load. */
  public List<Double> rates() {
    List<Double> rates = new ArrayList<>();
    for (int step = 0; step < steps; step++) {
      rates.add(
          steps == 1 ? perSecond : perSecond + (lastPerSecond - perSecond) * step / (steps - 1));
    }
    return rates;
  }

  /**
   * The pacer of one event loop.
   *
   * @param rate of all loops together, of {@link #rates}
   * @param seed the same seed gives the same moments
   */
  public Pacer pacer(double rate, int loop, long seed) {
    long durationNanos = durationMillis == 0 ? Long.MAX_VALUE : durationMillis * 1_000_000;
    int most = requests == 0 ? MAX_REQUESTS : requests;
    return switch (pattern) {
      case BURST -> new Together(shareOfConnections(most, loop));
      case CLOSED -> new WhenFree(shareOfConnections(most, loop), durationNanos);
      case RATE, RAMP, SOAK ->
          arrivals == Arrivals.CONSTANT
              ? new ConstantRate(rate, most, durationNanos, loop, loops)
              : new PoissonRate(
                  rate / loops, share(most, loop), durationNanos, seed * loops + loop);
    };
  }

  /** As many as the loop's connections carry: a loop with more of them gets more. */
  private int shareOfConnections(int all, int loop) {
    long before = 0;
    for (int earlier = 0; earlier < loop; earlier++) {
      before += connections(earlier);
    }
    long until = before + connections(loop);
    return (int) (all * until / connections - all * before / connections);
  }

  /** Requests one measurement will have; 0 of a closed loop that only its duration ends. */
  public long expectedRequests() {
    if (users() > 0 || durationMillis == 0) {
      return requests;
    }
    long timed =
        (long) rates().stream().mapToDouble(rate -> Math.ceil(rate * durationMillis / 1000)).sum();
    return requests == 0 ? timed : Math.min(requests, timed);
  }

  /** The load in a few words, for headings. */
  public String summary() {
    String most = requests == 0 ? "" : String.format(Locale.ROOT, "%,d requests", requests);
    String time = durationMillis == 0 ? "" : "for " + seconds(durationMillis);
    String random = arrivals == Arrivals.POISSON ? " at random (Poisson)" : "";
    return switch (pattern) {
      case BURST -> most + " at once";
      case CLOSED ->
          join(
              most,
              String.format(Locale.ROOT, "by %,d users, each waits for its answer", users()),
              time);
      case RATE, SOAK -> join(most, number(perSecond) + " requests/s" + random, time);
      case RAMP ->
          String.format(
              Locale.ROOT,
              "%s to %s requests/s%s in %d steps of %s each",
              number(perSecond),
              number(lastPerSecond),
              random,
              steps,
              seconds(durationMillis));
    };
  }

  /** What a reader must know of a load of this pattern; empty for most. */
  public String caution() {
    return pattern == Pattern.CLOSED
        ? "Each user waits for its answer before it sends again: while the server is slow, fewer"
            + " requests are sent, and the ones that were not sent do not count as slow"
            + " (coordinated omission). Users in the field do not wait for each other: --pattern"
            + " rate shows what they see."
        : "";
  }

  private int share(int all, int loop) {
    return all / loops + (loop < all % loops ? 1 : 0);
  }

  private static String join(String... parts) {
    return String.join(", ", List.of(parts).stream().filter(part -> !part.isEmpty()).toList());
  }

  private static String seconds(long millis) {
    return number(millis / 1000.0) + " s";
  }

  private static String number(double value) {
    return value == Math.rint(value)
        ? String.format(Locale.ROOT, "%,d", (long) value)
        : String.format(Locale.ROOT, "%s", value);
  }
}
