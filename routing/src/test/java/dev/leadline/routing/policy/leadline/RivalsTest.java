package dev.leadline.routing.policy.leadline;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.Test;

class RivalsTest {

  private static final double SERVICE_SECONDS = 0.010;

  private final SplittableRandom random = new SplittableRandom(5);
  private final Rivals rivals = new Rivals();
  private double nowSeconds;

  /** Groups of requests at random moments, so many a second in all. */
  private void groups(double perSecond, IntSupplier size) {
    int sent = 0;
    while (sent < 4000) {
      nowSeconds += random.nextExponential() / perSecond;
      for (int i = size.getAsInt(); i > 0; i--, sent++) {
        rivals.sent((long) (nowSeconds * 1e9), SERVICE_SECONDS);
      }
    }
  }

  private double mean(int balancers, double perSecond) {
    double sum = 0;
    for (int i = 0; i < 4000; i++) {
      sum += rivals.first(0, balancers, perSecond, SERVICE_SECONDS, random);
    }
    return sum / 4000;
  }

  /** Catches requests that avoid the best target although nobody else sends there. */
  @Test
  void independentRequestsHaveNone() {
    for (double perSecond : new double[] {20, 100, 2500}) {
      groups(perSecond, () -> 1);
      assertEquals(0, mean(6, perSecond));
      assertEquals(0, mean(64, perSecond));
    }
  }

  /**
   * One of two has one before it, and one of two at each of five others; half of them come first.
   */
  @Test
  void whatComesTogetherHereComesTogetherElsewhere() {
    groups(20, () -> 2);
    assertEquals(5 / 2.0, mean(6, 40), 0.5);
    assertEquals(0, mean(1, 40), "alone");
  }

  /** So many need all targets, whoever comes first. */
  @Test
  void aBurstOfHundredsHasNone() {
    groups(0.2, () -> 160);
    assertEquals(0, mean(6, 32));
  }
}
