package dev.leadline.bench.stats;

import dev.leadline.bench.record.Sample;
import java.util.List;

/** Latency of a set of requests, in nanoseconds from the intended send. */
public record Latency(long p50Nanos, long p90Nanos, long p99Nanos, long maxNanos) {

  /**
   * A failed request counts as the timeout, however soon it failed: a refused connection is no fast
   * answer.
   *
   * @param samples at least one
   */
  public static Latency of(List<Sample> samples, long timeoutNanos) {
    Percentiles percentiles = percentiles(samples, timeoutNanos);
    return new Latency(
        percentiles.at(50), percentiles.at(90), percentiles.at(99), percentiles.max());
  }

  /** The distribution {@link #of} takes its figures from. */
  public static Percentiles percentiles(List<Sample> samples, long timeoutNanos) {
    return new Percentiles(
        samples.stream()
            .mapToLong(sample -> sample.failed() ? timeoutNanos : sample.latencyNanos())
            .toArray());
  }
}
