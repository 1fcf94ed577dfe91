package dev.leadline.routing.resilience;

import static dev.leadline.routing.target.Outcome.FAILED;
import static dev.leadline.routing.target.Outcome.IGNORED;
import static dev.leadline.routing.target.Outcome.SUCCEEDED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ConcurrencyLimitTest {

  private static final ConcurrencyLimit.Rules RULES =
      new ConcurrencyLimit.Rules(10, 12, Duration.ofSeconds(1));
  private static final long QUICK = 1_000_000;

  private final ConcurrencyLimit limit = new ConcurrencyLimit(RULES);

  @Test
  void itIsReachedByAsManyAsItSays() {
    assertFalse(limit.isReached(9));
    assertTrue(limit.isReached(10));
  }

  @Test
  void oneMoreWithEveryRoundOfAnswersWhileItIsUsed() {
    for (int i = 0; i < 10; i++) {
      limit.closed(SUCCEEDED, QUICK, 10);
    }
    assertEquals(10, limit.limit());
    limit.closed(SUCCEEDED, QUICK, 10);
    assertEquals(11, limit.limit());
    for (int i = 0; i < 1000; i++) {
      limit.closed(SUCCEEDED, QUICK, 12);
    }
    assertEquals(12, limit.limit());
  }

  /** Catches a limit that grows without having been tried: the next burst would meet none. */
  @Test
  void itStaysWhileItIsNotUsed() {
    for (int i = 0; i < 1000; i++) {
      limit.closed(SUCCEEDED, QUICK, 4);
    }
    assertEquals(10, limit.limit());
  }

  @Test
  void aTenthLessWithEveryFailureAndEveryLateAnswer() {
    limit.closed(FAILED, QUICK, 10);
    assertEquals(9, limit.limit());
    limit.closed(SUCCEEDED, 1_000_000_001L, 10);
    assertEquals(8, limit.limit());
    limit.closed(IGNORED, QUICK, 10);
    assertEquals(8, limit.limit());
    for (int i = 0; i < 100; i++) {
      limit.closed(FAILED, QUICK, 1);
    }
    assertEquals(1, limit.limit());
  }

  @Test
  void withoutLimitsNothingIsReached() {
    ConcurrencyLimit none = new ConcurrencyLimit(ConcurrencyLimit.Rules.OFF);
    none.closed(SUCCEEDED, QUICK, 1);
    assertFalse(none.isReached(1_000_000));
  }
}
