package dev.leadline.bench.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.bench.Samples;
import dev.leadline.bench.record.Run;
import dev.leadline.bench.record.RunSamples;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rounds differ by a millisecond each, requests of a round too: figures follow by hand. */
final class SeparateRunsTest {
  private static List<CellFigures> cells(int rounds, long latencyMillis) {
    Run run = Samples.run(Samples.lab(), rounds);
    return RunFigures.of(run, RunSamples.of(Samples.samples(run, name -> latencyMillis))).cells();
  }

  @Test
  void aSlowerRunIsWorse() {
    SeparateRuns runs = SeparateRuns.of(cells(5, 100), cells(5, 150), 0.05, 7);
    assertEquals(2 * Figure.values().length, runs.comparisons().size());
    for (BalancerComparison comparison : runs.comparisons()) {
      assertEquals(Outcome.WORSE, comparison.outcome(), comparison.toString());
      assertEquals(2.0 / 252, comparison.pValue(), 1e-12);
      assertTrue(comparison.changeLow() > 0.4 && comparison.changeHigh() < 0.55);
    }
    // p50 of the rounds is 105 to 109 ms, and 155 to 159 ms: the geometric means are 107 and 157.
    assertEquals(157.0 / 107 - 1, runs.comparisons().get(0).change(), 1e-3);
    assertEquals(List.of(), runs.onlyFirst());
  }

  @Test
  void equalRunsShowNoDifference() {
    for (BalancerComparison comparison :
        SeparateRuns.of(cells(5, 100), cells(5, 100), 0.05, 7).comparisons()) {
      assertEquals(Outcome.NO_DIFFERENCE_SHOWN, comparison.outcome());
      assertEquals(0, comparison.change(), 1e-12);
    }
  }

  /** Runs may have unlike numbers of rounds; three and three can show nothing. */
  @Test
  void fewRoundsAreNotEnough() {
    assertEquals(
        Outcome.NOT_ENOUGH_ROUNDS,
        SeparateRuns.of(cells(3, 100), cells(3, 900), 0.05, 7).comparisons().get(0).outcome());
    assertEquals(
        Outcome.WORSE,
        SeparateRuns.of(cells(3, 100), cells(5, 900), 0.05, 7).comparisons().get(0).outcome());
  }

  /** More comparisons hold together, so each of them must be clearer. */
  @Test
  void moreCellsNeedMoreRounds() {
    assertEquals(4, roundsNeeded(cells(5, 100).subList(0, 1)));
    assertEquals(5, roundsNeeded(cells(5, 100)));
  }

  private static int roundsNeeded(List<CellFigures> cells) {
    return SeparateRuns.of(cells, cells, 0.05, 7).comparisons().get(0).roundsNeeded();
  }

  @Test
  void cellsAreMatchedByName() {
    List<CellFigures> first = cells(5, 100);
    SeparateRuns runs = SeparateRuns.of(first, cells(5, 100).subList(1, 2), 0.05, 7);
    assertEquals(Figure.values().length, runs.comparisons().size());
    assertEquals(List.of(first.get(0).cell()), runs.onlyFirst());
  }
}
