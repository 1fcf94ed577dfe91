package dev.leadline.bench.stats;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.leadline.bench.record.Run.BurstRecord;
import dev.leadline.bench.record.RunSamples;
import dev.leadline.bench.record.Sample;
import java.util.function.Consumer;

/**
 * Figures of one burst.
 *
 * @param totalNanos from the intended start until the last request was answered: the "total time
 *     taken" of the assignment's script. A failed request counts as the timeout here too: a burst
 *     that was refused is no fast burst
 * @param durationNanos from the first intended send to the end of the last request
 * @param sendingNanos from the first intended send to the last one: 0 where all are due at once
 * @param maxSkewNanos how late the client began with the request it began last
 * @param latencies of every request, in nanoseconds, as {@link Latency} counts them
 * @param answers how its requests ended
 * @param stages of its answered requests
 */
public record BurstFigures(
    BurstRecord burst,
    int requests,
    int failed,
    Latency latency,
    long totalNanos,
    long durationNanos,
    long sendingNanos,
    long maxSkewNanos,
    @JsonIgnore Percentiles latencies,
    @JsonIgnore Answers answers,
    @JsonIgnore StageTimes stages) {

  /**
   * Summarises a burst, sample by sample.
   *
   * @param burst with at least one sample
   */
  public static BurstFigures of(BurstRecord burst, RunSamples samples, long timeoutNanos) {
    Collector collector = new Collector(samples.count(burst), timeoutNanos);
    samples.forEach(burst, collector);
    Percentiles latencies = Percentiles.ofOwn(collector.latencies);
    Answers answers = collector.answers.counted();
    return new BurstFigures(
        burst,
        latencies.size(),
        answers.failed(),
        Latency.of(latencies),
        collector.totalNanos,
        collector.lastEndNanos - collector.firstIntendedNanos,
        collector.lastIntendedNanos - collector.firstIntendedNanos,
        collector.maxSkewNanos,
        latencies,
        answers,
        collector.stages);
  }

  /** Answered requests over the time until the last request ended. */
  @JsonProperty
  public double answeredPerSecond() {
    return durationNanos <= 0 ? 0 : (requests - failed) * 1e9 / durationNanos;
  }

  /** Total time over requests: the "average time per request" of the assignment's script. */
  @JsonProperty
  public double averageNanos() {
    return (double) totalNanos / requests;
  }

  private static final class Collector implements Consumer<Sample> {
    private final long[] latencies;
    private final long timeoutNanos;
    private final Answers.Counter answers = new Answers.Counter();
    private int count;
    private final StageTimes stages = new StageTimes();
    private long maxSkewNanos;
    private long totalNanos;
    private long firstIntendedNanos = Long.MAX_VALUE;
    private long lastIntendedNanos;
    private long lastEndNanos;

    Collector(int samples, long timeoutNanos) {
      this.latencies = new long[samples];
      this.timeoutNanos = timeoutNanos;
    }

    @Override
    public void accept(Sample sample) {
      long latency = sample.failed() ? timeoutNanos : sample.latencyNanos();
      latencies[count++] = latency;
      totalNanos = Math.max(totalNanos, sample.intendedNanos() + latency);
      maxSkewNanos = Math.max(maxSkewNanos, sample.startNanos() - sample.intendedNanos());
      firstIntendedNanos = Math.min(firstIntendedNanos, sample.intendedNanos());
      lastIntendedNanos = Math.max(lastIntendedNanos, sample.intendedNanos());
      lastEndNanos = Math.max(lastEndNanos, sample.endNanos());
      answers.accept(sample);
      stages.accept(sample);
    }
  }
}
