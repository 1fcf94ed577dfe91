package dev.leadline.routing.policy.leadline;

import dev.leadline.routing.health.TargetHealth;

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

  /** Whether the request should be a trial of this target; then it counts as one. */
  boolean isDue(TargetModel model, long nowNanos) {
    return model.circuitBreaker.isOpen()
        ? isDueBehindOpenCircuit(model, nowNanos)
        : isDueAfterSilence(model, nowNanos);
  }

  private boolean isDueBehindOpenCircuit(TargetModel model, long nowNanos) {
    if (!model.circuitBreaker.trialIsDue(nowNanos)
        || (left < 1 && !model.circuitBreaker.waitsForLong(nowNanos))
        || model.target.health().status() == TargetHealth.Status.UNHEALTHY) {
      return false;
    }
    use();
    model.circuitBreaker.trialSent();
    return true;
  }

  private boolean isDueAfterSilence(TargetModel model, long nowNanos) {
    if (left < 1
        || model.target.requestsInFlight() > 0
        || model.penaltySeconds > 0
        || !model.isUnattended(nowNanos)) {
      return false;
    }
    use();
    return true;
  }

  private void use() {
    left = Math.max(0, left - 1);
  }
}
