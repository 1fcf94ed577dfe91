package dev.leadline.bench.record;

/**
 * What the user's machine measured of one path through one balancer, beside a run of the lab's load
 * generator: an entry of {@code far-view.json}.
 *
 * @param p50Nanos of the requests of all rounds together, as {@code p99Nanos} is
 * @param totalNanos of the median round
 */
public record FarView(
    String path, String balancer, long p50Nanos, long p99Nanos, long totalNanos) {}
