package dev.leadline.bench.stats;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.leadline.bench.record.Run.BurstRecord;
import dev.leadline.bench.record.Sample;
import java.util.List;

/**
 * Figures of one burst.
 *
 * @param totalNanos from the intended start until the last request was answered: the "total time
 *     taken" of the assignment's script. A failed request counts as the timeout here too: a burst
 *     that was refused is no fast burst
 * @param maxSkewNanos how late the client began with the request it began last
 */
public record BurstFigures(
    BurstRecord burst,
    int requests,
    int failed,
    Latency latency,
    long totalNanos,
    long maxSkewNanos) {

  /**
   * Summarises a burst.
   *
   * @param samples of this burst, at least one
   */
  public static BurstFigures of(BurstRecord burst, List<Sample> samples, long timeoutNanos) {
    Latency latency = Latency.of(samples, timeoutNanos);
    return new BurstFigures(
        burst,
        samples.size(),
        (int) samples.stream().filter(Sample::failed).count(),
        latency,
        latency.maxNanos(),
        samples.stream()
            .mapToLong(sample -> sample.startNanos() - sample.intendedNanos())
            .max()
            .orElseThrow());
  }

  /** Total time over requests: the "average time per request" of the assignment's script. */
  @JsonProperty
  public double averageNanos() {
    return (double) totalNanos / requests;
  }
}
