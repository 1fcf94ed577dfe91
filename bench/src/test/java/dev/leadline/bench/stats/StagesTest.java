package dev.leadline.bench.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.leadline.bench.SampleBuilder;
import dev.leadline.bench.plan.Cell;
import dev.leadline.bench.plan.Phase;
import dev.leadline.bench.plan.PlannedBurst;
import dev.leadline.bench.record.Sample;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class StagesTest {
  private static SampleBuilder begun(long nanos) {
    return SampleBuilder.of(new PlannedBurst(Phase.MEASURED, 1, new Cell("/p", "b")), 0)
        .begun(nanos);
  }

  private static Stages of(Sample... samples) {
    StageTimes times = new StageTimes();
    List.of(samples).forEach(times);
    return Stages.of(List.of(times, new StageTimes()));
  }

  private static void assertStage(long p50, long p99, Stages.@Nullable Stage stage) {
    assertNotNull(stage);
    assertEquals(1, (double) stage.p50Nanos() / p50, 0.01);
    assertEquals(1, (double) stage.p99Nanos() / p99, 0.01);
  }

  @Test
  void eachStageCountsFromTheEndOfTheOneBefore() {
    Stages stages =
        of(
            begun(1_000_000).sent(9_000_000L).answered(300_000_000, 7_000_000_000L).build(),
            begun(2_000_000).sent(92_000_000L).answered(300_000_000, 7_000_000_000L).build());

    assertStage(8_000_000, 90_000_000, stages.connection());
    assertStage(208_000_000, 291_000_000, stages.firstByte());
    assertStage(6_700_000_000L, 6_700_000_000L, stages.rest());
  }

  /** A request that failed soon would make its stages look short. */
  @Test
  void whatFailedHasNoStages() {
    assertEquals(
        new Stages(null, null, null), of(begun(1).sent(10L).failed(30, "status 500").build()));
  }
}
