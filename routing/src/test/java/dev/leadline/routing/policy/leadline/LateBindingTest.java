package dev.leadline.routing.policy.leadline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.routing.health.HealthThresholds;
import dev.leadline.routing.health.TargetHealth;
import dev.leadline.routing.target.Target;
import dev.leadline.routing.target.TargetState;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LateBindingTest {

  private static final double NOBODY = Double.POSITIVE_INFINITY;
  private static final double SLOW = 0.160;

  private final LateBinding binding = new LateBinding();

  @BeforeEach
  void begin() {
    binding.begin();
  }

  /** A target with one worker that has learned so: two requests are all it can use. */
  private static TargetModel target(String id, double costSeconds) {
    TargetState state =
        new TargetState(
            new Target(id, "10.0.0.1", 80, 1), 0, new TargetHealth(HealthThresholds.DEFAULT));
    TargetModel model = new TargetModel(state, 0, costSeconds);
    for (int inFlight = 1; inFlight <= 4; inFlight++) {
      for (int i = 0; i < 40; i++) {
        model.window.passed(costSeconds, inFlight);
        model.window.completed(inFlight);
      }
    }
    assertEquals(2, model.windowSize());
    return model;
  }

  @Test
  void waitingPaysWhileTheQueueEndsSoonerThanASlowTargetServes() {
    binding.full(target("a", 0.010), 0.030, 2);
    assertTrue(binding.waitingPays(SLOW, 50, 12, 1), "30 ms and 120 ms are less than 160 ms");
    assertFalse(binding.waitingPays(SLOW, 50, 14, 1));
    assertFalse(binding.waitingPays(SLOW, 101, 0, 1), "a queue that does not end");
    assertTrue(binding.waitingPays(NOBODY, 500, 1000, 1), "nobody has room");
    binding.begin();
    assertFalse(binding.waitingPays(NOBODY, 0, 0, 1), "all are closed");
  }

  /** Catches a balancer that sends to a slow target because it knows some windows only. */
  @Test
  void inAGroupTheQueueEndsIfTargetsAsFastServeIt() {
    binding.full(target("a", 0.010), 0.030, 2);
    binding.room(target("b", 0.014), 0.010);
    assertFalse(binding.waitingPays(SLOW, 150, 0, 1), "one balancer knows all windows");
    assertTrue(binding.waitingPays(SLOW, 150, 0, 2));
    binding.room(target("slow", 0.016), 0.010);
    assertFalse(binding.waitingPays(SLOW, 175, 0, 2), "a slow target does not serve it");
  }

  /** Catches a balancer that others keep from sending, by what they have or by what they say. */
  @Test
  void whoHasLessThanHalfOfItsShareSends() {
    TargetModel best = target("a", 0.010);
    binding.full(best, 0.030, 0);
    binding.full(target("b", 0.010), 0.040, 0);
    assertFalse(binding.waitingPays(NOBODY, 50, 0, 4));
    assertEquals(best.target, binding.instead(NOBODY, 4));
    assertNull(binding.instead(0.020, 4), "another target is better");
    assertNull(binding.instead(NOBODY, 1), "one balancer has all of what is in flight");
    binding.full(target("c", 0.010), 0.040, 1);
    assertTrue(binding.waitingPays(NOBODY, 50, 0, 4), "1 of 6 is more than an eighth");
    assertNull(binding.instead(NOBODY, 4));
    assertFalse(binding.waitingPays(NOBODY, 50, 0, 2), "and less than a quarter");
  }
}
