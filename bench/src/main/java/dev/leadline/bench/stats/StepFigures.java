package dev.leadline.bench.stats;

import dev.leadline.bench.record.Run.Step;
import dev.leadline.bench.record.Sample;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * Figures of the requests that were due in a stretch of a burst: a step of a ramp, an interval of a
 * soak.
 *
 * @param offeredPerSecond requests that were due
 * @param answeredPerSecond requests that succeeded before the stretch ended; those that were due in
 *     its last moments have the median latency longer
 */
public record StepFigures(
    double offeredPerSecond,
    double answeredPerSecond,
    int requests,
    int failed,
    Latency latency,
    Step step) {

  /**
   * Summarises stretches.
   *
   * @param steps in their order, none of which overlaps another
   * @param samples hands over the samples of the whole burst; called twice
   */
  public static List<StepFigures> of(
      List<Step> steps, Consumer<Consumer<Sample>> samples, long timeoutNanos) {
    List<Collector> collectors = steps.stream().map(Collector::new).toList();
    samples.accept(
        sample ->
            collectors.forEach(
                step ->
                    step.addLatency(
                        sample, sample.failed() ? timeoutNanos : sample.latencyNanos())));
    collectors.forEach(Collector::summarise);
    samples.accept(sample -> collectors.forEach(step -> step.countInTime(sample)));
    return collectors.stream().map(Collector::figures).toList();
  }

  private static final class Collector {
    private final Step step;
    private final long endNanos;
    private long[] latencies = new long[64];
    private int requests;
    private int failed;
    private int inTime;
    private Latency latency = new Latency(0, 0, 0, 0);

    Collector(Step step) {
      this.step = step;
      this.endNanos = step.startNanos() + step.durationNanos();
    }

    private boolean has(Sample sample) {
      return sample.intendedNanos() >= step.startNanos() && sample.intendedNanos() < endNanos;
    }

    void addLatency(Sample sample, long nanos) {
      if (has(sample)) {
        if (requests == latencies.length) {
          latencies = Arrays.copyOf(latencies, 2 * requests);
        }
        latencies[requests++] = nanos;
        failed += sample.failed() ? 1 : 0;
      }
    }

    void summarise() {
      if (requests > 0) {
        latency = Latency.of(Percentiles.ofOwn(Arrays.copyOf(latencies, requests)));
      }
    }

    void countInTime(Sample sample) {
      boolean counts =
          has(sample) && !sample.failed() && sample.endNanos() <= endNanos + latency.p50Nanos();
      inTime += counts ? 1 : 0;
    }

    StepFigures figures() {
      double seconds = step.durationNanos() / 1e9;
      return new StepFigures(requests / seconds, inTime / seconds, requests, failed, latency, step);
    }
  }
}
