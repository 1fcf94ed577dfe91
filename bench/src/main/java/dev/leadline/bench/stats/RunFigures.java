package dev.leadline.bench.stats;

import dev.leadline.bench.lab.LabDescription;
import dev.leadline.bench.plan.Cell;
import dev.leadline.bench.plan.Phase;
import dev.leadline.bench.record.Run;
import dev.leadline.bench.record.RunSamples;
import dev.leadline.bench.stats.BalancerComparison.Figure;
import java.util.ArrayList;
import java.util.List;

/**
 * Figures of a run.
 *
 * @param cells path by path in the lab's order, each with every balancer in the lab's order; cells
 *     without a measured round are left out
 * @param comparisons of every later balancer with the first
 * @param bursts every burst, warm-up included, in the order they were run
 */
public record RunFigures(
    List<CellFigures> cells, List<BalancerComparison> comparisons, List<BurstFigures> bursts) {

  public static RunFigures of(Run run, RunSamples samples) {
    long timeoutNanos = run.settings().timeoutMillis() * 1_000_000;
    List<BurstFigures> bursts =
        run.bursts().stream()
            .filter(burst -> samples.count(burst) > 0)
            .map(burst -> BurstFigures.of(burst, samples, timeoutNanos))
            .toList();
    List<CellFigures> cells = new ArrayList<>();
    for (Cell cell : cells(run.lab())) {
      List<BurstFigures> rounds =
          bursts.stream()
              .filter(burst -> burst.burst().phase() == Phase.MEASURED)
              .filter(burst -> burst.burst().cell().equals(cell))
              .toList();
      if (!rounds.isEmpty()) {
        cells.add(CellFigures.of(cell, rounds));
      }
    }
    return new RunFigures(cells, comparisons(run.lab(), cells), bursts);
  }

  /** The cells of a lab: every path through every balancer. */
  public static List<Cell> cells(LabDescription lab) {
    return lab.paths().stream()
        .flatMap(
            path ->
                lab.balancers().stream().map(balancer -> new Cell(path.path(), balancer.name())))
        .toList();
  }

  /** Failed requests of the measured rounds. */
  public int failed() {
    return cells.stream().mapToInt(CellFigures::failed).sum();
  }

  /** Requests of the measured rounds. */
  public int requests() {
    return cells.stream().mapToInt(CellFigures::requests).sum();
  }

  private static List<BalancerComparison> comparisons(LabDescription lab, List<CellFigures> cells) {
    String baseline = lab.balancers().get(0).name();
    List<BalancerComparison> comparisons = new ArrayList<>();
    for (CellFigures candidate : cells) {
      for (CellFigures other : cells) {
        if (other.cell().path().equals(candidate.cell().path())
            && other.cell().balancer().equals(baseline)
            && !candidate.cell().balancer().equals(baseline)) {
          for (Figure figure : Figure.values()) {
            comparisons.add(BalancerComparison.of(figure, other, candidate));
          }
        }
      }
    }
    return comparisons;
  }
}
