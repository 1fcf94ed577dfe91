package dev.leadline.balancer.observe;

import java.util.function.Function;

/**
 * One published distribution of times. Prometheus has it as a histogram.
 *
 * @param <T> what it is read from
 * @param prometheus name in Prometheus
 * @param help its meaning, in a sentence
 * @param counts reads it
 */
public record Latency<T>(String prometheus, String help, Function<T, LatencyCounts> counts) {}
