package dev.leadline.routing.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class SlowStartTest {

  private static final long SECOND = 1_000_000_000L;
  private static final SlowStart RULES = new SlowStart(Duration.ofSeconds(10), 1, 0.1);

  @Test
  void theShareGrowsWithTime() {
    assertTrue(RULES.isOn());
    assertFalse(SlowStart.OFF.isOn());
    assertEquals(0.1, RULES.share(0), 1e-9);
    assertEquals(0.1, RULES.share(-SECOND), 1e-9);
    assertEquals(0.5, RULES.share(5 * SECOND), 1e-9);
    assertEquals(1, RULES.share(20 * SECOND), 1e-9);
  }

  @Test
  void aggressionBendsIt() {
    assertEquals(0.5, new SlowStart(Duration.ofSeconds(8), 2, 0.1).share(2 * SECOND), 1e-9);
  }

  /** Catches a newcomer that is flooded: in the middle it may have half of its share. */
  @Test
  void aRampGivesAsManyAsItsShare() {
    SlowStart.Ramp ramp = new SlowStart.Ramp(RULES, SECOND);
    int got = 0;
    for (int i = 0; i < 1000; i++) {
      ramp.arrived(6 * SECOND, 0.25);
      if (ramp.mayReceive()) {
        ramp.received();
        got++;
      }
    }
    assertEquals(125, got);
  }

  @Test
  void whatItDidNotTakeIsNotSavedUp() {
    SlowStart.Ramp ramp = new SlowStart.Ramp(RULES, 0);
    for (int i = 0; i < 1000; i++) {
      ramp.arrived(10 * SECOND, 0.5);
    }
    ramp.received();
    assertTrue(ramp.mayReceive());
    ramp.received();
    assertFalse(ramp.mayReceive());
  }

  @Test
  void itEnds() {
    SlowStart.Ramp ramp = new SlowStart.Ramp(RULES, SECOND);
    assertFalse(ramp.isOver(11 * SECOND - 1));
    assertTrue(ramp.isOver(11 * SECOND));
  }
}
