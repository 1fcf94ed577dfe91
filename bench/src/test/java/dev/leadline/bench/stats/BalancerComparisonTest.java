package dev.leadline.bench.stats;

import static dev.leadline.bench.stats.BalancerComparison.Figure.P99;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.leadline.bench.stats.BalancerComparison.Outcome;
import org.junit.jupiter.api.Test;

final class BalancerComparisonTest {
  private static BalancerComparison compare(Spread baseline, Spread candidate) {
    return compare(5, baseline, candidate);
  }

  private static BalancerComparison compare(int rounds, Spread baseline, Spread candidate) {
    return new BalancerComparison("/p", P99, rounds, "alb", "leadline", baseline, candidate);
  }

  /** Fails when one round, whose range is a point, is taken for proof. */
  @Test
  void fewerThanThreeRoundsShowNothing() {
    assertEquals(
        Outcome.TOO_FEW_ROUNDS,
        compare(2, new Spread(100, 100, 100), new Spread(10, 10, 10)).outcome());
    assertEquals(
        Outcome.CANDIDATE_FASTER,
        compare(3, new Spread(100, 100, 100), new Spread(10, 10, 10)).outcome());
  }

  @Test
  void rangesThatDoNotTouchShowADifference() {
    BalancerComparison comparison = compare(new Spread(100, 110, 120), new Spread(70, 77, 90));

    assertEquals(Outcome.CANDIDATE_FASTER, comparison.outcome());
    assertEquals(-0.3, comparison.change(), 1e-9);
    assertEquals(
        Outcome.BASELINE_FASTER,
        compare(new Spread(70, 77, 90), new Spread(100, 110, 120)).outcome());
  }

  /** Fails when medians alone decide: they differ by a third here. */
  @Test
  void rangesThatTouchShowNone() {
    assertEquals(
        Outcome.NO_CLEAR_DIFFERENCE,
        compare(new Spread(90, 120, 130), new Spread(70, 80, 90)).outcome());
  }

  @Test
  void lessThanFivePercentMattersToNobody() {
    assertEquals(
        Outcome.NO_CLEAR_DIFFERENCE,
        compare(new Spread(1000, 1001, 1002), new Spread(951, 952, 953)).outcome());
    assertEquals(
        Outcome.CANDIDATE_FASTER,
        compare(new Spread(1000, 1001, 1002), new Spread(948, 949, 950)).outcome());
  }

  /** Binomials (2r choose r) halved: 10, 126 and 92378 are in every table. */
  @Test
  void chanceOfSeparationIsThatOfDealing() {
    assertEquals(1, BalancerComparison.chanceOneIn(1));
    assertEquals(10, BalancerComparison.chanceOneIn(3));
    assertEquals(126, BalancerComparison.chanceOneIn(5));
    assertEquals(92378, BalancerComparison.chanceOneIn(10));
    assertEquals(59132290782430712L, BalancerComparison.chanceOneIn(30));
  }

  @Test
  void spreadIsMinimumMedianMaximum() {
    assertEquals(new Spread(1, 5, 9), Spread.of(new long[] {9, 1, 5, 7, 3}));
    assertEquals(new Spread(1, 2, 4), Spread.of(new long[] {4, 3, 2, 1}));
  }
}
