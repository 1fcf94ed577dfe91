package dev.leadline.bench.report;

import dev.leadline.bench.cloudwatch.CloudWatchReading.TargetReading;
import dev.leadline.bench.lab.LabDescription.Balancer;
import dev.leadline.bench.lab.LabDescription.MeasuredPath;
import dev.leadline.bench.report.table.Cell;
import dev.leadline.bench.report.table.Table;
import dev.leadline.bench.report.table.Table.Column;
import dev.leadline.bench.report.table.Table.Medium;
import dev.leadline.bench.report.table.Table.Row;
import dev.leadline.bench.stats.BurstFigures;
import dev.leadline.bench.stats.CellFigures;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.ToIntFunction;

/**
 * The two methods that the assignment describes, beside a policy that is neither, and what went
 * wrong in each. Empty where a run has none of them as a policy that was set in turn.
 */
final class AssignmentMethods {
  private static final String FASTEST = "fastest";
  private static final String CLOUDWATCH = "cloudwatch";

  private final Report report;
  private final Optional<Balancer> beside;

  private AssignmentMethods(Report report) {
    this.report = report;
    this.beside = leadlines().stream().filter(it -> !isMethod(it)).findFirst();
  }

  static Table of(Report report) {
    return new AssignmentMethods(report).table();
  }

  private List<Balancer> leadlines() {
    List<Balancer> compared = report.run().lab().compared();
    List<String> machines =
        compared.stream()
            .filter(AssignmentMethods::isMethod)
            .map(AssignmentMethods::machine)
            .toList();
    return compared.stream()
        .filter(it -> it.setting() != null && machines.contains(it.setting().of()))
        .toList();
  }

  private static boolean isMethod(Balancer balancer) {
    return List.of(FASTEST, CLOUDWATCH).contains(value(balancer));
  }

  private static String value(Balancer balancer) {
    return balancer.setting() == null ? "" : balancer.setting().value();
  }

  private static String machine(Balancer balancer) {
    return balancer.setting() == null ? "" : balancer.setting().of();
  }

  private Table table() {
    List<Balancer> shown = new ArrayList<>();
    beside.ifPresent(shown::add);
    leadlines().stream().filter(AssignmentMethods::isMethod).forEach(shown::add);
    List<Row> rows = new ArrayList<>();
    for (MeasuredPath path : report.run().lab().paths()) {
      for (Balancer balancer : shown) {
        cell(path.path(), balancer).ifPresent(cell -> rows.add(row(path, cell)));
      }
    }
    List<String> notes = new ArrayList<>();
    for (Balancer balancer : rows.isEmpty() ? List.<Balancer>of() : shown) {
      switch (value(balancer)) {
        case FASTEST -> notes.add(fastest(balancer));
        case CLOUDWATCH -> notes.add(cloudWatch(balancer));
        default -> {}
      }
    }
    return new Table(
        "The assignment's two methods, and what went wrong in each",
        notes,
        List.of(
            Column.left("Path"),
            Column.left("Balancer"),
            Column.right("targets used"),
            Column.right("busiest target"),
            Column.right("an equal share").from(Medium.PAPER),
            Column.right("p99 ms").from(Medium.PAPER),
            Column.right("whole burst ms")),
        rows);
  }

  private Row row(MeasuredPath path, CellFigures cell) {
    int targets = targets(path, cell);
    return Row.of(
        Cell.code(path.path()),
        report.balancerCell(cell.cell().balancer()),
        Cell.of("%d of %d".formatted(median(cell, AssignmentMethods::used), targets)),
        Cell.of(percent(busiest(cell))),
        Cell.of(percent(1.0 / targets)),
        Cell.of(ReportFormat.range(cell.p99Nanos())),
        Cell.of(ReportFormat.range(cell.totalNanos())));
  }

  private String fastest(Balancer method) {
    List<String> sentences = new ArrayList<>();
    sentences.add(
        "The first method, %s, sends every request to the target whose last probe was fastest, until the next probe."
            .formatted(method.name()));
    sentences.add(
        "All requests of a burst run after the same target, whose queue grows while the others idle.");
    for (MeasuredPath path : report.run().lab().paths()) {
      cell(path.path(), method)
          .ifPresent(
              cell ->
                  sentences.add(
                      "On %s one target got %s of a burst (an equal share is %s)%s."
                          .formatted(
                              path.path(),
                              percent(busiest(cell)),
                              percent(1.0 / targets(path, cell)),
                              longer(cell).map(it -> ", and " + it).orElse(""))));
    }
    return String.join(" ", sentences);
  }

  private String cloudWatch(Balancer method) {
    int bursts = 0;
    int acted = 0;
    List<String> seen = new ArrayList<>();
    for (MeasuredPath path : report.run().lab().paths()) {
      Optional<CellFigures> found = cell(path.path(), method);
      if (found.isPresent()) {
        CellFigures cell = found.get();
        int targets = targets(path, cell);
        bursts += cell.rounds().size();
        acted += (int) cell.rounds().stream().filter(round -> used(round) < targets).count();
        longer(cell).ifPresent(it -> seen.add("On %s %s.".formatted(path.path(), it)));
      }
    }
    List<String> sentences = new ArrayList<>();
    sentences.add(
        "The second method, %s, leaves a target out while its CPU in CloudWatch is above a limit, and sends each request to the target with the fewest in flight otherwise."
            .formatted(method.name()));
    sentences.add(
        acted == 0
            ? "It left no target out in any of its %d bursts: CloudWatch has one figure a minute, and has it late, so that a burst is over before a figure tells of it."
                .formatted(bursts)
            : "It left a target out in %d of its %d bursts, by figures of what was before: CloudWatch has one a minute, and has it late."
                .formatted(acted, bursts));
    busiestCpu().ifPresent(sentences::add);
    sentences.addAll(seen);
    return String.join(" ", sentences);
  }

  private Optional<String> busiestCpu() {
    return report.cloudWatch().targets().stream()
        .map(TargetReading::cpuPercent)
        .flatMap(points -> points.values().stream())
        .max(Double::compare)
        .map(
            most ->
                String.format(
                    Locale.ROOT, "The busiest minute of any target had %.0f%% CPU.", most));
  }

  /** How long a burst took beside the other policy, as a part of a sentence. */
  private Optional<String> longer(CellFigures method) {
    return beside.flatMap(
        it -> cell(method.cell().path(), it).flatMap(other -> longer(method, other, it)));
  }

  private static Optional<String> longer(CellFigures method, CellFigures other, Balancer beside) {
    Map<Integer, Long> totals = new HashMap<>();
    other.rounds().forEach(round -> totals.put(round.burst().round(), round.totalNanos()));
    OptionalDouble mean =
        method.rounds().stream()
            .filter(round -> totals.containsKey(round.burst().round()))
            .mapToDouble(
                round ->
                    Math.log(
                        (double) round.totalNanos()
                            / totals.getOrDefault(round.burst().round(), 1L)))
            .average();
    return mean.isEmpty()
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "the whole burst took %.2f times as long as with %s",
                Math.exp(mean.getAsDouble()),
                beside.name()));
  }

  private Optional<CellFigures> cell(String path, Balancer balancer) {
    return Findings.cellsOf(report.figures(), path).stream()
        .filter(cell -> cell.cell().balancer().equals(balancer.name()))
        .findFirst();
  }

  private static int targets(MeasuredPath path, CellFigures cell) {
    return Math.max(1, Math.max(path.targets().size(), cell.perTarget().size()));
  }

  private static int used(BurstFigures burst) {
    return burst.answers().perTarget().size();
  }

  /** The share of the target that answered most, in the round in the middle. */
  private static double busiest(CellFigures cell) {
    double[] shares =
        cell.rounds().stream()
            .mapToDouble(
                round ->
                    round.answers().perTarget().values().stream()
                            .mapToInt(Integer::intValue)
                            .max()
                            .orElse(0)
                        / (double) Math.max(1, round.answers().named()))
            .sorted()
            .toArray();
    return shares[(shares.length - 1) / 2];
  }

  private static int median(CellFigures cell, ToIntFunction<BurstFigures> figure) {
    int[] sorted = cell.rounds().stream().mapToInt(figure).sorted().toArray();
    return sorted[(sorted.length - 1) / 2];
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.0f%%", share * 100);
  }
}
