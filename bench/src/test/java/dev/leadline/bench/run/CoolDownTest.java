package dev.leadline.bench.run;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.bench.SampleBuilder;
import dev.leadline.bench.Samples;
import dev.leadline.bench.plan.Cell;
import dev.leadline.bench.plan.Phase;
import dev.leadline.bench.plan.PlannedBurst;
import dev.leadline.bench.record.Sample;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class CoolDownTest {
  private static final Cell CELL = new Cell("/p", "alb");
  private final CoolDown coolDown = new CoolDown();

  private static Sample sample(long millis, @Nullable String error) {
    SampleBuilder request = SampleBuilder.of(new PlannedBurst(Phase.MEASURED, 1, CELL), 0);
    long end = millis * Samples.MILLI;
    return error == null ? request.answered(end).build() : request.failed(end, error).build();
  }

  /** Only a request that was given up leaves work: what was answered or refused is over. */
  @Test
  void afterGivenUpRequestsOnly() {
    assertFalse(coolDown.mustFollow(CELL, List.of(sample(100, null), sample(900, null))));
    assertFalse(coolDown.mustFollow(CELL, List.of(sample(1, "connection reset"))));
    assertTrue(coolDown.mustFollow(CELL, List.of(sample(100, null), sample(5000, TIMEOUT))));
  }

  @Test
  void untilARequestIsAsQuickAsTheQuickest() {
    assertTrue(coolDown.mustFollow(CELL, List.of(sample(100, null), sample(5000, TIMEOUT))));

    assertFalse(coolDown.ends(CELL, sample(5000, TIMEOUT)));
    assertFalse(coolDown.ends(CELL, sample(400, null)));
    assertTrue(coolDown.ends(CELL, sample(205, null)));
    assertTrue(coolDown.ends(CELL, sample(1, "connection reset")), "nobody is there");
  }

  private static final String TIMEOUT = "timeout: no answer within 5 s";
}
