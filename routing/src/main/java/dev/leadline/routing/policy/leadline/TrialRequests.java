package dev.leadline.routing.policy.leadline;

/**
 * Limits the trial requests of a group: at most one request in {@value #REQUESTS_PER_TRIAL}. A
 * trial goes to a target whose circuit is open or that had no requests for long. Not thread-safe.
 */
final class TrialRequests {

  private static final double REQUESTS_PER_TRIAL = 500;
  private static final double MOST_LEFT = 5;

  private double left = 1;

  /** A request needs a target. */
  void requestArrived() {
    left = Math.min(MOST_LEFT, left + 1 / REQUESTS_PER_TRIAL);
  }

  /** Whether a trial may be sent. */
  boolean areLeft() {
    return left >= 1;
  }

  /** A trial is sent, perhaps one that could not be delayed any longer. */
  void use() {
    left = Math.max(0, left - 1);
  }
}
