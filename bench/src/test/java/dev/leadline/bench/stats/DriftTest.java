package dev.leadline.bench.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class DriftTest {
  private final MadeUpCells cells = new MadeUpCells(100, new SplittableRandom(1));

  private Optional<Drift> drift(int rounds, double eachRound) {
    return Drift.of(
        List.of(
            cells.cell("alb", rounds, round -> 1 + eachRound * round + 0.001 * (round % 2)),
            cells.cell("leadline", rounds, round -> 3 * (1 + eachRound * round))));
  }

  @Test
  void aTrendIsSeenOverAllCells() {
    Drift drift = drift(7, 0.05).orElseThrow();

    assertEquals(1.35 / 1.05 - 1, drift.change(), 0.01);
    assertTrue(drift.pValue() < 1e-4, drift.toString());
  }

  /** Fails when a round in which only the slower cell was measured counts as a slow round. */
  @Test
  void roundsWithoutEveryCellAreLeftOut() {
    Optional<Drift> drift =
        Drift.of(
            List.of(
                cells.cell("alb", 7, round -> round == 7 ? 0 : 1),
                cells.cell("leadline", 7, round -> 3)));

    assertEquals(0, drift.orElseThrow().change(), 0.01);
    assertEquals(Optional.empty(), drift(3, 0.05));
  }

  @Test
  void theSlopesPIsThatOfScipy() {
    Drift drift = Drift.line(new double[] {0.1, 0.4, 0.2, 0.5, 0.3, 0.6, 0.9});

    assertEquals(0.0203592752, drift.pValue(), 1e-9);
  }
}
