package dev.leadline.bench.stats;

import java.util.List;
import org.HdrHistogram.AbstractHistogram;
import org.jspecify.annotations.Nullable;

/**
 * Where the time of answered requests goes, stage by stage, to one percent. Each stage has
 * percentiles of its own: those of the stages do not add up to those of the whole request.
 *
 * @param connection until the request was written to its connection, from when the client began
 *     with it; null when no request was answered
 * @param firstByte from then until the head of the answer was there
 * @param rest from then until the answer was there whole
 */
public record Stages(@Nullable Stage connection, @Nullable Stage firstByte, @Nullable Stage rest) {

  /** One stage over the requests of a cell. */
  public record Stage(long p50Nanos, long p99Nanos) {
    private static @Nullable Stage of(AbstractHistogram nanos) {
      return nanos.getTotalCount() == 0
          ? null
          : new Stage(nanos.getValueAtPercentile(50), nanos.getValueAtPercentile(99));
    }
  }

  /** Of some bursts together. */
  public static Stages of(List<StageTimes> bursts) {
    StageTimes all = new StageTimes();
    bursts.forEach(all::add);
    return new Stages(Stage.of(all.connection), Stage.of(all.firstByte), Stage.of(all.rest));
  }
}
