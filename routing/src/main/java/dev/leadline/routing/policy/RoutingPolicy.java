package dev.leadline.routing.policy;

import dev.leadline.routing.NanoClock;
import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * A way to choose targets, with its settings. Immutable; the state is in the selectors it makes.
 */
public interface RoutingPolicy {

  /** Name in configuration, such as {@code round_robin}. */
  String name();

  /**
   * Starts this policy on a group.
   *
   * @param targets number of targets in the group, 0 or more
   * @param clock the only clock the selector may read
   * @param random the only source of randomness it may use
   */
  TargetSelector newSelector(int targets, NanoClock clock, RandomGenerator random);

  /** How often every target has to be probed for this policy; empty if it needs no probes. */
  default Optional<Duration> probeInterval() {
    return Optional.empty();
  }
}
