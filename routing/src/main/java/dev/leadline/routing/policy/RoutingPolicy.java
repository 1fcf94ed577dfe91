package dev.leadline.routing.policy;

import java.time.Duration;
import java.util.Optional;

/**
 * A way to choose targets, with its settings. Immutable; the state is in the selectors it makes.
 */
public interface RoutingPolicy {

  /** Name in configuration, such as {@code round_robin}. */
  String name();

  /** Starts this policy on a group that has no targets yet: they join it one by one. */
  TargetSelector newSelector(PolicyContext context);

  /** Whether it sees to failing targets itself, so that nobody else has to eject them. */
  default boolean avoidsFailingTargets() {
    return false;
  }

  /** How often every target has to be probed for this policy; empty if it needs no probes. */
  default Optional<Duration> probeInterval() {
    return Optional.empty();
  }

  /** The metric of every target that this policy is to be told of; empty if it needs none. */
  default Optional<MetricQuery> metric() {
    return Optional.empty();
  }
}
