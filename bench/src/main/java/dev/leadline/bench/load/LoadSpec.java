package dev.leadline.bench.load;

import dev.leadline.bench.plan.Load;
import java.time.Duration;

/**
 * What a generator sends.
 *
 * @param timeout after which a request is given up, counted from its intended send
 * @param preConnect whether connections are opened before a burst begins, so that latencies do not
 *     include it
 * @param seed of random arrivals
 */
public record LoadSpec(Load load, HttpSpec http, Duration timeout, boolean preConnect, long seed) {}
