package dev.leadline.routing.policy.leadline;

import dev.leadline.routing.health.TargetHealth;

/**
 * Limits the trial requests of a group: at most one request in {@value #REQUESTS_PER_TRIAL}. A
 * trial goes to a target whose circuit is open or that had no requests for long. Not thread-safe.
 */
final class TrialRequests {

  private static final double REQUESTS_PER_TRIAL = 1500;
  private static final double MOST_LEFT = 5;

  private double left = 1;

  /** A request needs a target. */
  void requestArrived() {
    left = Math.min(MOST_LEFT, left + 1 / REQUESTS_PER_TRIAL);
  }

  /**
   * Whether the request may be a trial of this target. Of several, the one that waits longest comes
   * first: one that is due every second would take all trials.
   */
  boolean isDue(TargetModel model, long nowNanos) {
    return model.circuitBreaker.isOpen()
        ? isDueBehindOpenCircuit(model, nowNanos)
        : isDueAfterSilence(model, nowNanos);
  }

  private boolean isDueBehindOpenCircuit(TargetModel model, long nowNanos) {
    return model.circuitBreaker.trialIsDue(nowNanos)
        && (left >= 1 || model.circuitBreaker.waitsForLong(nowNanos))
        && model.target.health().status() != TargetHealth.Status.UNHEALTHY;
  }

  private boolean isDueAfterSilence(TargetModel model, long nowNanos) {
    return left >= 1
        && model.target.requestsInFlight() == 0
        && model.penaltySeconds == 0
        && model.isUnattended(nowNanos);
  }

  /** The request becomes a trial of this target. */
  void send(TargetModel model) {
    left = Math.max(0, left - 1);
    if (model.circuitBreaker.isOpen()) {
      model.circuitBreaker.trialSent();
    }
  }
}
