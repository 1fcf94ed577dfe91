package dev.leadline.routing;

import dev.leadline.routing.health.HealthThresholds;
import dev.leadline.routing.health.SlowStart;
import dev.leadline.routing.policy.RoutingPolicy;
import dev.leadline.routing.resilience.ConcurrencyLimit;
import dev.leadline.routing.resilience.Ejection;

/**
 * How the requests of one group are routed.
 *
 * @param policy how to choose among the candidates
 * @param thresholds when a target counts as healthy
 * @param ejection when outlier detection excludes a target
 * @param slowStart how slowly a target that becomes usable reaches its share
 * @param limits how many requests in flight a target may have
 * @param hold how many requests may wait for a target, and how long
 */
public record GroupSettings(
    RoutingPolicy policy,
    HealthThresholds thresholds,
    Ejection ejection,
    SlowStart slowStart,
    ConcurrencyLimit.Rules limits,
    HoldLimits hold) {

  /**
   * This policy with the defaults: ejection unless the policy itself avoids failing targets, no
   * slow start, no limits.
   */
  public static GroupSettings of(RoutingPolicy policy) {
    return new GroupSettings(
        policy,
        HealthThresholds.DEFAULT,
        policy.avoidsFailingTargets() ? Ejection.OFF : Ejection.DEFAULT,
        SlowStart.OFF,
        ConcurrencyLimit.Rules.OFF,
        HoldLimits.DEFAULT);
  }

  /** The same with other thresholds. */
  public GroupSettings withThresholds(HealthThresholds other) {
    return new GroupSettings(policy, other, ejection, slowStart, limits, hold);
  }

  /** The same with other ejection rules. */
  public GroupSettings withEjection(Ejection other) {
    return new GroupSettings(policy, thresholds, other, slowStart, limits, hold);
  }

  /** The same with another slow start. */
  public GroupSettings withSlowStart(SlowStart other) {
    return new GroupSettings(policy, thresholds, ejection, other, limits, hold);
  }

  /** The same with other concurrency limits. */
  public GroupSettings withLimits(ConcurrencyLimit.Rules other) {
    return new GroupSettings(policy, thresholds, ejection, slowStart, other, hold);
  }

  /** The same with other limits for held requests. */
  public GroupSettings withHold(HoldLimits other) {
    return new GroupSettings(policy, thresholds, ejection, slowStart, limits, other);
  }

  /**
   * The part of one of so many routers that share the group's requests. Limits are divided, and
   * none falls below 1: what a request waits for is then always the end of another one of the same
   * router.
   */
  public GroupSettings sharedBy(int routers) {
    return new GroupSettings(
        policy,
        thresholds,
        ejection,
        slowStart,
        limits.isOn()
            ? new ConcurrencyLimit.Rules(
                part(limits.first(), routers), part(limits.most(), routers), limits.tooLong())
            : limits,
        new HoldLimits(hold.most() == 0 ? 0 : part(hold.most(), routers), hold.longest()));
  }

  private static int part(int whole, int parts) {
    return Math.max(1, whole / parts);
  }
}
