package dev.leadline.routing.policy.leadline;

/**
 * Attributed time of one target: while {@code q} requests are in flight, this clock advances by
 * {@code dt / q}, and stands still while there are none. A request's sample is how far the clock
 * went between its sending and its end.
 *
 * <p>Over any busy period the samples add up to the time in which the target had something to do.
 * So their mean is busy time over completions: what a request costs the target, without the time it
 * waited for others there. That holds for first-come-first-served and for processor sharing alike,
 * and it costs O(1).
 *
 * <p>Not thread-safe.
 */
final class AttributedTime {

  private static final double SECONDS_PER_NANO = 1e-9;

  private double attributedSeconds;
  private long updatedNanos;

  /** The clock's reading. */
  double seconds() {
    return attributedSeconds;
  }

  /**
   * Brings the clock up to date: so many were in flight since it was last. Needed before that
   * number changes.
   */
  void advance(long nowNanos, int requestsInFlight) {
    long elapsed = nowNanos - updatedNanos;
    updatedNanos = nowNanos;
    // A clock that jumped back says nothing; the time in between is lost, not negative.
    if (requestsInFlight > 0 && elapsed > 0) {
      attributedSeconds += elapsed * SECONDS_PER_NANO / requestsInFlight;
    }
  }
}
