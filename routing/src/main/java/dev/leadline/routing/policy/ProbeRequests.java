package dev.leadline.routing.policy;

import dev.leadline.routing.target.TargetState;

/** Where a policy asks for a probe: one timed request of the balancer's own. */
@FunctionalInterface
public interface ProbeRequests {

  /** Sends none. */
  ProbeRequests NONE = target -> false;

  /**
   * Sends a probe to this target, if the budget has room for one. Its result arrives in {@link
   * TargetSelector#probed}.
   *
   * @return whether one is on its way
   */
  boolean probe(TargetState target);
}
