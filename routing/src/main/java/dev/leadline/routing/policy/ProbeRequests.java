package dev.leadline.routing.policy;

import dev.leadline.routing.target.TargetState;

/** Sends probes for a policy. A probe is one timed request from the balancer itself. */
@FunctionalInterface
public interface ProbeRequests {

  /** Sends none. */
  ProbeRequests NONE = target -> false;

  /**
   * Sends a probe to this target, if the budget has room for one. Its result arrives in {@link
   * TargetSelector#probed}.
   *
   * @return whether a probe was sent
   */
  boolean probe(TargetState target);
}
