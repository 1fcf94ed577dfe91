package dev.leadline.routing.policy.leadline;

/**
 * Requests a second that keep arriving: a mean over about three seconds. A burst counts for at most
 * twice what the group can serve in that time, because the queue of a burst ends by itself and only
 * a lasting rate keeps a queue alive. Not thread-safe.
 */
final class ArrivalRate {

  private static final long SLICE_NANOS = 10_000_000;
  private static final double MEMORY_SECONDS = 3;
  private static final double MOST_TIMES_SERVED = 2;
  private static final double SECONDS_PER_NANO = 1e-9;

  private double perSecond;
  private double arrived;
  private long sliceNanos;

  /** A request asks for a target. */
  void arrived() {
    arrived++;
  }

  /** Updates the rate. The group serves at most {@code servedPerSecond}. */
  void update(long nowNanos, double servedPerSecond) {
    long elapsed = nowNanos - sliceNanos;
    if (elapsed < SLICE_NANOS) {
      return;
    }
    double seconds = elapsed * SECONDS_PER_NANO;
    double now = Math.min(arrived / seconds, MOST_TIMES_SERVED * servedPerSecond);
    perSecond += (1 - Math.exp(-seconds / MEMORY_SECONDS)) * (now - perSecond);
    arrived = 0;
    sliceNanos = nowNanos;
  }

  /** Requests a second. */
  double perSecond() {
    return perSecond;
  }
}
