package dev.leadline.bench.stats;

import dev.leadline.bench.lab.LabDescription;
import dev.leadline.bench.plan.Cell;
import dev.leadline.bench.plan.Phase;
import dev.leadline.bench.record.Run;
import dev.leadline.bench.record.RunSamples;
import dev.leadline.bench.stats.Verdicts.Pair;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Figures of a run.
 *
 * @param cells path by path in the lab's order, each with every balancer in the lab's order; cells
 *     without a measured round are left out
 * @param comparisons of every later balancer with the first
 * @param controls the first balancer compared with itself, where the run has a control
 * @param bursts every burst, warm-up included, in the order they were run
 */
public record RunFigures(
    List<CellFigures> cells,
    List<BalancerComparison> comparisons,
    List<BalancerComparison> controls,
    List<BurstFigures> bursts) {

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
    Run.Settings settings = run.settings();
    return new RunFigures(
        cells,
        Verdicts.of(pairs(run.lab(), cells), settings.smallestDifference(), settings.seed()),
        Verdicts.of(controlPairs(run.lab(), cells), settings.smallestDifference(), settings.seed()),
        bursts);
  }

  /** The cells of a lab: every path through every balancer, the control on its paths only. */
  public static List<Cell> cells(LabDescription lab) {
    return lab.paths().stream()
        .flatMap(
            path ->
                lab.balancers().stream()
                    .filter(balancer -> balancer.measures(path.path()))
                    .map(balancer -> new Cell(path.path(), balancer.name())))
        .toList();
  }

  /** Whether rounds became slower or faster from the first to the last. */
  public Optional<Drift> drift() {
    return Drift.of(cells);
  }

  /** Failed requests of the measured rounds. */
  public int failed() {
    return cells.stream().mapToInt(CellFigures::failed).sum();
  }

  /** Requests of the measured rounds. */
  public int requests() {
    return cells.stream().mapToInt(CellFigures::requests).sum();
  }

  private static List<Pair> pairs(LabDescription lab, List<CellFigures> cells) {
    String baseline = lab.balancers().get(0).name();
    List<Pair> pairs = new ArrayList<>();
    for (CellFigures candidate : cells) {
      String path = candidate.cell().path();
      LabDescription.Balancer balancer = lab.balancer(candidate.cell().balancer());
      if (balancer.control() == null && !balancer.name().equals(baseline)) {
        find(cells, path, baseline)
            .map(first -> new Pair(first, control(lab, cells, path).orElse(null), candidate))
            .ifPresent(pairs::add);
      }
    }
    return pairs;
  }

  private static List<Pair> controlPairs(LabDescription lab, List<CellFigures> cells) {
    List<Pair> pairs = new ArrayList<>();
    for (LabDescription.MeasuredPath path : lab.paths()) {
      control(lab, cells, path.path())
          .ifPresent(
              control ->
                  find(cells, path.path(), lab.balancers().get(0).name())
                      .ifPresent(first -> pairs.add(new Pair(first, null, control))));
    }
    return pairs;
  }

  private static Optional<CellFigures> control(
      LabDescription lab, List<CellFigures> cells, String path) {
    return lab.balancers().stream()
        .filter(balancer -> balancer.control() != null)
        .findFirst()
        .flatMap(balancer -> find(cells, path, balancer.name()));
  }

  private static Optional<CellFigures> find(List<CellFigures> cells, String path, String balancer) {
    return cells.stream().filter(c -> c.cell().equals(new Cell(path, balancer))).findFirst();
  }
}
