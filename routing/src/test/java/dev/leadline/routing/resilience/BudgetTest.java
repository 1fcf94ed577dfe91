package dev.leadline.routing.resilience;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class BudgetTest {

  private static final long SECOND = 1_000_000_000L;

  @Test
  void fiveRequestsEarnOneMore() {
    Budget budget = new Budget(0.2, 0, 0);
    for (int i = 0; i < 4; i++) {
      budget.requestArrived();
      assertFalse(budget.tryTake(0));
    }
    budget.requestArrived();
    assertTrue(budget.tryTake(0));
    assertFalse(budget.tryTake(0));
  }

  /** Catches time that is counted twice, backwards or not at all. */
  @Test
  void everySecondEarnsItsPart() {
    Budget budget = new Budget(0, 2, 7 * SECOND);
    assertEquals(2, taken(budget, 7 * SECOND));
    assertEquals(0, taken(budget, 7 * SECOND + SECOND / 4));
    assertEquals(1, taken(budget, 7 * SECOND + SECOND / 2));
    assertEquals(6, taken(budget, 10 * SECOND + SECOND / 2));
    assertEquals(0, taken(budget, 9 * SECOND));
  }

  /** When all fails after a quiet hour, the targets get no flood of what was saved in it. */
  @Test
  void nobodySavesForEver() {
    Budget quiet = new Budget(0, 2, 0);
    assertEquals(30, taken(quiet, 3600 * SECOND));
    Budget busy = new Budget(1, 0, 0);
    for (int i = 0; i < 1000; i++) {
      busy.requestArrived();
    }
    assertEquals(10, taken(busy, 0));
  }

  private static int taken(Budget budget, long nowNanos) {
    int count = 0;
    while (budget.tryTake(nowNanos)) {
      count++;
    }
    return count;
  }
}
