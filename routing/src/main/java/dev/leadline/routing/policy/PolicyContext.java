package dev.leadline.routing.policy;

import dev.leadline.routing.clock.NanoClock;
import java.util.random.RandomGenerator;

/**
 * All that a policy may use of the world.
 *
 * @param clock the only clock it may read; stands still while one event is handled, never goes back
 * @param random the only source of randomness it may use
 * @param probes where it asks for probes of its own
 */
public record PolicyContext(NanoClock clock, RandomGenerator random, ProbeRequests probes) {}
