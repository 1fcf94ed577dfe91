package dev.leadline.routing.policy;

import java.time.Duration;
import java.util.Optional;

/** A way to choose targets, with its settings. Immutable; its selectors hold the state. */
public interface RoutingPolicy {

  /** Name in configuration, such as {@code round_robin}. */
  String name();

  /** Makes the selector of a group. The group has no targets yet: they join one by one. */
  TargetSelector newSelector(PolicyContext context);

  /**
   * Whether the policy itself avoids failing targets, so that outlier ejection is off by default.
   */
  default boolean avoidsFailingTargets() {
    return false;
  }

  /** How often the balancer probes every target for this policy; empty for never. */
  default Optional<Duration> probeInterval() {
    return Optional.empty();
  }

  /** The metric that the balancer reads for this policy; empty for none. */
  default Optional<MetricQuery> metric() {
    return Optional.empty();
  }
}
