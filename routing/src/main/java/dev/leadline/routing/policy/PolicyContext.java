package dev.leadline.routing.policy;

import dev.leadline.routing.clock.NanoClock;
import java.util.random.RandomGenerator;

/**
 * Everything outside that a policy may use.
 *
 * @param clock the only clock; it stands still during one event and never goes back
 * @param random the only source of random numbers
 * @param probes sends the policy's own probes
 */
public record PolicyContext(NanoClock clock, RandomGenerator random, ProbeRequests probes) {}
