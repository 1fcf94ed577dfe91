package dev.leadline.routing.policy.leadline;

/**
 * Divides a target's time among its requests. While {@code q} requests are in flight, this clock
 * advances by {@code dt / q}; without requests it stands still. A request's sample is how far the
 * clock advanced between its start and its end.
 *
 * <p>Over a busy period the samples add up to the target's busy time. So their mean is busy time
 * divided by completions: what a request costs the target, without the time it waited for other
 * requests. This holds for first come first served and for processor sharing, and takes constant
 * time.
 *
 * <p>Not thread-safe.
 */
final class AttributedTime {

  private static final double SECONDS_PER_NANO = 1e-9;

  private double attributedSeconds;
  private long updatedNanos;

  /** Seconds on this clock. */
  double seconds() {
    return attributedSeconds;
  }

  /**
   * Updates the clock, with the number of requests in flight since the last update. Must be called
   * before that number changes.
   */
  void advance(long nowNanos, int requestsInFlight) {
    long elapsed = nowNanos - updatedNanos;
    updatedNanos = nowNanos;
    // When the time jumps back, the step counts as 0.
    if (requestsInFlight > 0 && elapsed > 0) {
      attributedSeconds += elapsed * SECONDS_PER_NANO / requestsInFlight;
    }
  }
}
