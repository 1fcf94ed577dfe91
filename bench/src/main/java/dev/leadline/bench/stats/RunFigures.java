package dev.leadline.bench.stats;

import static java.util.stream.Collectors.groupingBy;

import dev.leadline.bench.lab.LabDescription;
import dev.leadline.bench.plan.Cell;
import dev.leadline.bench.plan.Phase;
import dev.leadline.bench.record.Run;
import dev.leadline.bench.record.Run.BurstRecord;
import dev.leadline.bench.record.Sample;
import dev.leadline.bench.stats.BalancerComparison.Figure;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

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

  private record BurstKey(Phase phase, int round, Cell cell) {}

  public static RunFigures of(Run run, List<Sample> samples) {
    long timeoutNanos = run.settings().timeoutMillis() * 1_000_000;
    Map<BurstKey, List<Sample>> byBurst =
        samples.stream()
            .collect(
                groupingBy(sample -> new BurstKey(sample.phase(), sample.round(), sample.cell())));
    List<BurstFigures> bursts = new ArrayList<>();
    for (BurstRecord burst : run.bursts()) {
      List<Sample> ofBurst =
          byBurst.getOrDefault(new BurstKey(burst.phase(), burst.round(), burst.cell()), List.of());
      if (!ofBurst.isEmpty()) {
        bursts.add(BurstFigures.of(burst, ofBurst, timeoutNanos));
      }
    }
    List<CellFigures> cells = new ArrayList<>();
    for (Cell cell : cells(run.lab())) {
      List<BurstFigures> rounds =
          bursts.stream()
              .filter(burst -> burst.burst().phase() == Phase.MEASURED)
              .filter(burst -> burst.burst().cell().equals(cell))
              .toList();
      if (!rounds.isEmpty()) {
        List<Sample> ofCell =
            rounds.stream()
                .map(round -> new BurstKey(Phase.MEASURED, round.burst().round(), cell))
                .flatMap(key -> byBurst.getOrDefault(key, List.of()).stream())
                .toList();
        cells.add(CellFigures.of(cell, rounds, ofCell, timeoutNanos));
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
