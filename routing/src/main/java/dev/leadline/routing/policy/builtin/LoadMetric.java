package dev.leadline.routing.policy.builtin;

import dev.leadline.routing.target.TargetState;

/**
 * How loaded a target is; the lower, the better it is to send the next request there. A metric
 * knows nothing of how targets are compared, and a policy that compares knows nothing of what is
 * measured. Stateless.
 */
@FunctionalInterface
public interface LoadMetric {

  /**
   * Requests in flight, the one about to be sent included, over the target's weight: a target of
   * weight 2 holds twice as many as one of weight 1 before it looks as loaded.
   */
  LoadMetric REQUESTS_IN_FLIGHT =
      state -> (state.requestsInFlight() + 1.0) / state.target().weight();

  /**
   * Response time of the last probe, in nanoseconds. A target without a measurement is infinitely
   * loaded: it gets requests only while no target has one.
   */
  LoadMetric PROBED_RESPONSE_TIME =
      state ->
          state.probedResponseNanos() == TargetState.UNMEASURED
              ? Double.POSITIVE_INFINITY
              : state.probedResponseNanos();

  /** Load of this target: 0 or more, positive infinity if it is unknown; never NaN. */
  double load(TargetState target);
}
