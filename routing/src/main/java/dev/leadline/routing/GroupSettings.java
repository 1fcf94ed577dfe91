package dev.leadline.routing;

import dev.leadline.routing.health.HealthThresholds;
import dev.leadline.routing.policy.RoutingPolicy;

/**
 * How the requests of one group are routed.
 *
 * @param policy how to choose among the candidates
 * @param thresholds when a target counts as healthy
 * @param hold how many requests may wait for a target with room, and how long
 */
public record GroupSettings(RoutingPolicy policy, HealthThresholds thresholds, HoldLimits hold) {

  /** With this policy, and everything else as it is where nothing is said. */
  public static GroupSettings of(RoutingPolicy policy) {
    return new GroupSettings(policy, HealthThresholds.DEFAULT, HoldLimits.DEFAULT);
  }

  /** The same with other thresholds. */
  public GroupSettings withThresholds(HealthThresholds other) {
    return new GroupSettings(policy, other, hold);
  }

  /** The same with other limits for requests that wait. */
  public GroupSettings withHold(HoldLimits other) {
    return new GroupSettings(policy, thresholds, other);
  }
}
