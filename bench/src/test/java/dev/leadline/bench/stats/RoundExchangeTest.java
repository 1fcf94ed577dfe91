package dev.leadline.bench.stats;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class RoundExchangeTest {
  private static List<double[]> rounds(double... values) {
    List<double[]> rounds = new ArrayList<>();
    for (double value : values) {
      rounds.add(new double[] {value});
    }
    return rounds;
  }

  private static double p(List<double[]> first, List<double[]> second) {
    return RoundExchange.adjusted(first, second, new SplittableRandom(1))[0];
  }

  /**
   * Of 20 ways to deal six values to three and three, two are as far apart as 1, 2, 3 and 7, 8, 9.
   */
  @Test
  void theChanceIsThatOfDealing() {
    assertEquals(2.0 / 20, p(rounds(1, 2, 3), rounds(7, 8, 9)), 1e-12);
    assertEquals(1.0 / 10, p(rounds(1, 2), rounds(7, 8, 9)), 1e-12);
    assertEquals(1, p(rounds(1, 2), rounds(1, 2)), 1e-12);
    // Of 70 ways these four: the measured one, the one with 4 and 8 exchanged, and both mirrored.
    assertEquals(4.0 / 70, p(rounds(1, 2, 3, 8), rounds(4, 9, 10, 11)), 1e-12);
    assertEquals(2.0 / 20, RoundExchange.least(3, 3), 1e-12);
    assertEquals(1.0 / 10, RoundExchange.least(2, 3), 1e-12);
  }

  /** A second figure that moves with the first costs nothing. */
  @Test
  void comparisonsThatMoveTogetherCostNothing() {
    List<double[]> first =
        List.of(new double[] {1, 10}, new double[] {2, 20}, new double[] {3, 30});
    List<double[]> second =
        List.of(new double[] {7, 70}, new double[] {8, 80}, new double[] {9, 90});
    assertArrayEquals(
        new double[] {0.1, 0.1},
        RoundExchange.adjusted(first, second, new SplittableRandom(1)),
        1e-12);
  }

  /** Of equal runs at most 5% may show a difference in one or more of 12 comparisons. */
  @Test
  void equalRunsAreCalledDifferentInFivePercent() {
    Random random = new Random(7);
    int different = 0;
    int runs = 400;
    for (int i = 0; i < runs; i++) {
      double[] p = RoundExchange.adjusted(noise(random), noise(random), new SplittableRandom(i));
      for (double value : p) {
        if (value <= 0.05) {
          different++;
          break;
        }
      }
    }
    // 20 are expected; 36 or more of a true 5% come once in 1,000 times.
    assertTrue(different < 36, different + " of " + runs);
  }

  private static List<double[]> noise(Random random) {
    List<double[]> rounds = new ArrayList<>();
    for (int round = 0; round < 5; round++) {
      double[] values = new double[12];
      for (int i = 0; i < values.length; i++) {
        values[i] = random.nextGaussian();
      }
      rounds.add(values);
    }
    return rounds;
  }

  /** With many rounds the ways are drawn and not enumerated. */
  @Test
  void manyRoundsAreDrawn() {
    double[] first = new double[30];
    double[] second = new double[30];
    for (int i = 0; i < 30; i++) {
      first[i] = i % 7;
      second[i] = i % 7 + 5;
    }
    assertEquals(1.0 / 100_000, p(rounds(first), rounds(second)), 1e-12);
  }
}
