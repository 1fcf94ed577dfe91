package dev.leadline.bench.stats;

/**
 * Latency of a set of requests, in nanoseconds from the intended send. A failed request counts as
 * the timeout, however soon it failed: a refused connection is no fast answer.
 */
public record Latency(long p50Nanos, long p90Nanos, long p99Nanos, long maxNanos) {

  /** The figures of a distribution. */
  static Latency of(Percentiles percentiles) {
    return new Latency(
        percentiles.at(50), percentiles.at(90), percentiles.at(99), percentiles.max());
  }
}
