package dev.leadline.routing.resilience;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class LatencyQuantileTest {

  /** A hedge before enough is known would double the load of a new group. */
  @Test
  void itIsOutOfReachUntilTwentyWereSeen() {
    LatencyQuantile quantile = new LatencyQuantile(0.95);
    for (int i = 1; i < 20; i++) {
      quantile.add(i);
      assertEquals(Long.MAX_VALUE, quantile.nanos());
    }
    quantile.add(5);
    assertEquals(19, quantile.nanos());
  }

  /**
   * Catches steps of the wrong size or direction: the share above the estimate is the quantile's.
   */
  @Test
  void itFindsTheQuantileOfWhatItSees() {
    for (double wanted : new double[] {0.5, 0.9, 0.95}) {
      LatencyQuantile quantile = new LatencyQuantile(wanted);
      Random random = new Random(1);
      int above = 0;
      int counted = 0;
      for (int i = 0; i < 20_000; i++) {
        long nanos = (long) (-1e7 * Math.log(1 - random.nextDouble()));
        if (i > 2000) {
          counted++;
          above += nanos > quantile.nanos() ? 1 : 0;
        }
        quantile.add(nanos);
      }
      assertEquals(1 - wanted, (double) above / counted, 0.02);
    }
  }

  @Test
  void itFollowsAChange() {
    LatencyQuantile quantile = new LatencyQuantile(0.9);
    for (int i = 0; i < 100; i++) {
      quantile.add(1_000_000);
    }
    assertTrue(Math.abs(quantile.nanos() - 1_000_000) < 60_000);
    for (int i = 0; i < 1000; i++) {
      quantile.add(8_000_000);
    }
    assertTrue(Math.abs(quantile.nanos() - 8_000_000) < 480_000);
  }
}
