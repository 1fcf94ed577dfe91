package dev.leadline.routing.health;

import static dev.leadline.routing.health.TargetHealth.Status.HEALTHY;
import static dev.leadline.routing.health.TargetHealth.Status.INITIAL;
import static dev.leadline.routing.health.TargetHealth.Status.UNHEALTHY;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class TargetHealthTest {

  private final TargetHealth health = new TargetHealth(new HealthThresholds(3, 2));

  @Test
  void theFirstSuccessMakesANewTargetHealthy() {
    assertEquals(INITIAL, health.status());
    assertTrue(health.checked(true));
    assertEquals(HEALTHY, health.status());
  }

  @Test
  void failuresInARowMakeItUnhealthy() {
    health.checked(true);
    assertFalse(health.checked(false));
    assertEquals(HEALTHY, health.status());
    assertTrue(health.checked(false));
    assertEquals(UNHEALTHY, health.status());
  }

  /** Catches counting failures without forgetting them at a success. */
  @Test
  void aSuccessBetweenStartsTheCountAnew() {
    health.checked(true);
    for (int i = 0; i < 10; i++) {
      health.checked(false);
      health.checked(true);
    }
    assertEquals(HEALTHY, health.status());
  }

  /** Catches a threshold off by one, either way. */
  @Test
  void aTargetThatWasUnhealthyNeedsAllItsSuccesses() {
    health.checked(false);
    health.checked(false);
    assertEquals(UNHEALTHY, health.status());
    assertFalse(health.checked(true));
    assertFalse(health.checked(true));
    assertEquals(UNHEALTHY, health.status());
    assertTrue(health.checked(true));
    assertEquals(HEALTHY, health.status());
    assertFalse(health.checked(true));
  }

  @Test
  void thresholdsHaveLimits() {
    assertThrows(IllegalArgumentException.class, () -> new HealthThresholds(0, 2));
    assertThrows(IllegalArgumentException.class, () -> new HealthThresholds(2, 11));
  }
}
