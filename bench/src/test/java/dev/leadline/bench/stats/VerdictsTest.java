package dev.leadline.bench.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.bench.stats.Verdicts.Pair;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class VerdictsTest {
  private final SplittableRandom random = new SplittableRandom(11);
  private final MadeUpCells cells = new MadeUpCells(100, random);

  /** Up to one percent more or less, whatever the round. */
  private IntToDoubleFunction steady(double factor) {
    return round -> factor * (1 + 0.01 * (2 * random.nextDouble() - 1));
  }

  private Pair pair(int rounds, double factor) {
    return new Pair(
        cells.cell("alb", rounds, steady(1)),
        cells.cell("control", rounds, steady(1)),
        cells.cell("leadline", rounds, steady(factor)));
  }

  private static List<Outcome> outcomes(List<Pair> pairs, double smallestDifference) {
    return Verdicts.of(pairs, smallestDifference, 1).stream()
        .map(BalancerComparison::outcome)
        .distinct()
        .toList();
  }

  /** A steady server: few rounds suffice, and what is too small to matter is not called. */
  @ParameterizedTest
  @CsvSource({
    "5, 1.10, 0.05, WORSE",
    "5, 0.90, 0.05, BETTER",
    "3, 1.50, 0.05, WORSE",
    "7, 1.00, 0.05, NO_DIFFERENCE_SHOWN",
    "20, 1.01, 0.05, NO_DIFFERENCE_SHOWN",
    "20, 1.03, 0.05, NO_DIFFERENCE_SHOWN",
    "20, 1.03, 0.02, WORSE",
    "2, 2.00, 0.05, NOT_ENOUGH_ROUNDS",
    "1, 2.00, 0.05, NOT_ENOUGH_ROUNDS",
  })
  void onASteadyServer(int rounds, double factor, double smallestDifference, Outcome outcome) {
    assertEquals(List.of(outcome), outcomes(List.of(pair(rounds, factor)), smallestDifference));
  }

  /** Without a control it takes six rounds to show anything at all. */
  @ParameterizedTest
  @CsvSource({"5, NOT_ENOUGH_ROUNDS", "6, WORSE"})
  void withoutAControl(int rounds, Outcome outcome) {
    Pair with = pair(rounds, 1.5);
    Pair without = new Pair(with.baseline(), null, with.candidate());

    assertEquals(List.of(outcome), outcomes(List.of(without), 0.05));
    assertEquals(6, Verdicts.of(List.of(without), 0.05, 1).get(0).roundsNeeded());
  }

  /** A round that one of the cells lacks is compared with nothing. */
  @Test
  void onlyRoundsOfAllCellsCount() {
    Pair pair =
        new Pair(
            cells.cell("alb", 8, round -> round == 2 ? 0 : 1),
            cells.cell("control", 8, round -> round == 3 ? 0 : 1),
            cells.cell("leadline", 8, round -> round <= 3 ? 50 : 1.2));
    BalancerComparison p50 = Verdicts.of(List.of(pair), 0.05, 1).get(0);

    assertEquals(6, p50.rounds());
  }

  @Test
  void theChangeIsThatOfTheGeometricMeans() {
    Pair pair =
        new Pair(
            cells.cell("alb", 7, round -> round),
            cells.cell("control", 7, round -> round),
            cells.cell("leadline", 7, round -> 0.8 * round));
    BalancerComparison p50 = Verdicts.of(List.of(pair), 0.05, 1).get(0);

    assertEquals(-0.2, p50.change(), 0.01);
    assertTrue(p50.changeLow() <= p50.change() && p50.change() <= p50.changeHigh());
    assertEquals(-0.2, p50.changeLow(), 0.02);
    assertEquals(-0.2, p50.changeHigh(), 0.02);
  }

  /** Two candidates are two chances to be wrong: three rounds of a control are not enough then. */
  @Test
  void severalCandidatesShareTheLevel() {
    Pair one = pair(3, 1.5);
    Pair two = new Pair(one.baseline(), one.control(), cells.cell("third", 3, steady(1.5)));

    assertEquals(List.of(Outcome.WORSE), outcomes(List.of(one), 0.05));
    assertEquals(List.of(Outcome.NOT_ENOUGH_ROUNDS), outcomes(List.of(one, two), 0.05));
  }

  @Test
  void aSeedGivesOneVerdict() {
    List<Pair> pairs = List.of(pair(20, 1.04));

    assertEquals(Verdicts.of(pairs, 0.05, 5), Verdicts.of(pairs, 0.05, 5));
  }
}
