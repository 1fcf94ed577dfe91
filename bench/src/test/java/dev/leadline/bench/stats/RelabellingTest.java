package dev.leadline.bench.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class RelabellingTest {
  private static final SplittableRandom RANDOM = new SplittableRandom(1);

  private static double[] adjusted(List<double[][]> comparisons) {
    return Relabelling.adjusted(comparisons, 9_999, RANDOM);
  }

  /** Differences as pairs, in rounds whose level changes: only differences may count. */
  private static double[][] pairs(double... differences) {
    double[][] rounds = new double[differences.length][];
    for (int r = 0; r < rounds.length; r++) {
      rounds[r] = new double[] {7 * r + differences[r], 7 * r};
    }
    return rounds;
  }

  /**
   * Darwin's maize, crossed and self-fertilised: 863 of the 32,768 ways to choose signs give a sum
   * as large (R. A. Fisher, "The Design of Experiments", section 21), 1,726 in either direction.
   */
  @Test
  void pairsAreFishersTest() {
    double[][] maize = pairs(49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48);

    assertEquals(1726 / 32768.0, adjusted(List.<double[][]>of(maize))[0], 1e-12);
  }

  /** Counted independently, by itertools.product of Python. */
  @Test
  void ofThreeCellsEachIsTheCandidateInTurn() {
    double[][] rounds = {
      {0.31, 0.12, 0.20},
      {1.25, 1.02, 1.11},
      {0.58, 0.61, 0.40},
      {2.09, 2.02, 1.93},
      {0.7, 0.5, 0.6}
    };

    assertEquals(3 / 243.0, adjusted(List.<double[][]>of(rounds))[0], 1e-12);
  }

  @Test
  void theClearestDifferenceHasTheLeastPossibleP() {
    assertEquals(
        Relabelling.least(7, 2),
        adjusted(List.<double[][]>of(pairs(1, 1, 1, 1, 1, 1, 1)))[0],
        1e-12);
    double[][] threes = {{9, 1, 2}, {8, 1, 0}, {9, 2, 1}, {7, 0, 1}};
    assertEquals(Relabelling.least(4, 3), adjusted(List.<double[][]>of(threes))[0], 1e-12);
    assertEquals(1 / 64.0, Relabelling.least(7, 2), 1e-12);
    assertEquals(1 / 81.0, Relabelling.least(4, 3), 1e-12);
  }

  /** What moves together costs nothing; what does not is paid for. */
  @Test
  void comparisonsArePaidForByWhatTheyAdd() {
    double[][] clear = pairs(5, 6, 4, 7, 5, 2, 4);
    double[][] noise = pairs(3, -4, 2, -1, 5, -2, -3);
    double alone = adjusted(List.<double[][]>of(clear))[0];
    double[] twice = adjusted(List.of(clear, clear));
    double[] with = adjusted(List.of(noise, clear));

    assertEquals(alone, twice[0], 1e-12);
    assertEquals(alone, twice[1], 1e-12);
    assertTrue(with[1] >= alone, "adjusted below unadjusted");
    assertTrue(with[1] <= 2 * alone + 1e-12, "above Bonferroni's bound: " + with[1]);
    assertEquals(
        adjusted(List.<double[][]>of(noise))[0], with[0], 1e-12, "the last step has no others");
  }

  /** Rounds of two cells beside rounds of three, and a round that is missing. */
  @Test
  void comparisonsMayHaveOtherRounds() {
    double[][] threes = {{9, 1, 2}, {8, 1, 0}, {9, 2, 1}, {}, {7, 0, 1}};
    double[][] pairs = pairs(1, -1, 1, -1, 1);
    double[] p = adjusted(List.of(threes, pairs));

    assertEquals(Relabelling.least(4, 3), p[0], 0.03);
    assertEquals(adjusted(List.<double[][]>of(pairs))[0], p[1], 1e-12);
  }

  /** Fails when drawn relabellings leave out the measured one: p would be 0. */
  @Test
  void manyRoundsAreDrawnAndNotEnumerated() {
    double[][] clear = new double[40][];
    for (int r = 0; r < 40; r++) {
      clear[r] = new double[] {r + 1, r, r};
    }
    assertEquals(1 / 10_000.0, adjusted(List.<double[][]>of(clear))[0], 1e-12);
  }

  @Test
  void equalValuesDifferInNothing() {
    assertEquals(1, adjusted(List.<double[][]>of(pairs(0, 0, 0, 0, 0, 0)))[0]);
  }
}
