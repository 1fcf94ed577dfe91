package dev.leadline.routing.policy.builtin;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.leadline.routing.TestGroup;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RandomPolicyTest {

  /** Catches a draw that never reaches the last, or ignores weights. */
  @Test
  void everyTargetIsDrawnAsOftenAsItsWeightSays() {
    Map<String, Integer> counts = new TestGroup(new RandomPolicy(), 1, 3, 1, 5).sequential(100_000);
    assertEquals(10_000, counts.getOrDefault("t0", 0), 500);
    assertEquals(30_000, counts.getOrDefault("t1", 0), 750);
    assertEquals(10_000, counts.getOrDefault("t2", 0), 500);
    assertEquals(50_000, counts.getOrDefault("t3", 0), 800);
  }
}
