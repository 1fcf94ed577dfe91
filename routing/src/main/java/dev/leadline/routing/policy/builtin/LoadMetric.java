package dev.leadline.routing.policy.builtin;

import dev.leadline.routing.target.TargetState;

/**
 * How loaded a target is: the lower, the better for the next request. It is separate from how
 * targets are compared, so that any search can use any metric. Stateless.
 */
@FunctionalInterface
public interface LoadMetric {

  /** Requests in flight, including the next one, divided by the target's weight. */
  LoadMetric REQUESTS_IN_FLIGHT =
      state -> (state.requestsInFlightOfAll() + 1.0) / state.target().weight();

  /**
   * Response time of the last probe, in nanoseconds. A target without a measurement has an infinite
   * load: it gets requests only while no target has a measurement.
   */
  LoadMetric PROBED_RESPONSE_TIME =
      state ->
          state.probedResponseNanos() == TargetState.UNMEASURED
              ? Double.POSITIVE_INFINITY
              : state.probedResponseNanos();

  /** Load of this target: 0 or more, positive infinity if it is unknown; never NaN. */
  double load(TargetState target);
}
