package dev.leadline.bench.report;

import dev.leadline.bench.lab.LabDescription;
import dev.leadline.bench.report.Findings.Verdict;
import dev.leadline.bench.report.table.Cell;
import dev.leadline.bench.report.table.Cell.Style;
import dev.leadline.bench.report.table.Table;
import dev.leadline.bench.report.table.Table.Column;
import dev.leadline.bench.report.table.Table.Medium;
import dev.leadline.bench.report.table.Table.Row;
import dev.leadline.bench.stats.BalancerComparison;
import dev.leadline.bench.stats.Figure;
import dev.leadline.bench.stats.Outcome;
import dev.leadline.bench.stats.Verdicts;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Which balancer was faster, path by path. Without rows when one balancer was measured. */
final class VerdictTable {
  private VerdictTable() {}

  static Table of(Report report) {
    LabDescription lab = report.run().lab();
    List<Verdict> verdicts = report.findings().verdicts();
    List<String> candidates = verdicts.stream().map(Verdict::candidate).distinct().toList();
    // A terminal has no room for a column that says the same in every row.
    boolean one = candidates.size() == 1;
    List<Column> columns = new ArrayList<>(List.of(Column.left("Path")));
    if (!one) {
      columns.add(Column.left("Balancer"));
    }
    for (Figure figure : Figure.values()) {
      columns.add(Column.left(meaning(figure)));
    }
    List<Row> rows = new ArrayList<>();
    List<String> paths = verdicts.stream().map(Verdict::path).distinct().toList();
    List<Verdict> byPath =
        verdicts.stream().sorted(Comparator.comparing(v -> paths.indexOf(v.path()))).toList();
    for (Verdict verdict : byPath) {
      List<Cell> cells = new ArrayList<>();
      cells.add(Cell.code(verdict.path()));
      if (!one) {
        cells.add(report.balancerCell(verdict.candidate()));
      }
      verdict.figures().forEach(c -> cells.add(one ? cell(c) : shortCell(c)));
      rows.add(new Row(cells, Medium.TERMINAL));
    }
    String baseline = lab.inWords(lab.balancers().get(0).name());
    return new Table(
        one
            ? "%s compared with %s".formatted(lab.inWords(candidates.get(0)), baseline)
            : "Compared with " + baseline,
        rows.isEmpty() ? List.of() : notes(report),
        columns,
        rows);
  }

  static Cell cell(BalancerComparison comparison) {
    return shortCell(comparison)
        .withDetail(
            "%s\n%s ms\nagainst %s ms"
                .formatted(
                    interval(comparison),
                    ReportFormat.range(comparison.candidateNanos()),
                    ReportFormat.range(comparison.baselineNanos())));
  }

  /** Of one balancer among several: the times stand in the table of figures. */
  private static Cell shortCell(BalancerComparison comparison) {
    Cell cell =
        switch (comparison.outcome()) {
          case BETTER -> Cell.of(difference(comparison, "less")).as(Style.GOOD);
          case WORSE -> Cell.of(difference(comparison, "more")).as(Style.BAD);
          case NO_DIFFERENCE_SHOWN, MIXED -> Cell.of("no difference shown").as(Style.FAINT);
          case NOT_ENOUGH_ROUNDS -> Cell.of("not enough rounds").as(Style.FAINT);
        };
    return cell.style() == Style.FAINT ? cell.withDetail(interval(comparison)) : cell;
  }

  private static String interval(BalancerComparison comparison) {
    return "%s to %s"
        .formatted(
            ReportFormat.change(comparison.changeLow()),
            ReportFormat.change(comparison.changeHigh()));
  }

  /** The change and its interval, short enough for a terminal: {@code 18% less (12 to 24)}. */
  private static String difference(BalancerComparison comparison, String direction) {
    double low = Math.min(Math.abs(comparison.changeLow()), Math.abs(comparison.changeHigh()));
    double high = Math.max(Math.abs(comparison.changeLow()), Math.abs(comparison.changeHigh()));
    return String.format(
        Locale.ROOT,
        low < 0.0095 ? "%.1f%% %s (%.1f to %.1f)" : "%.0f%% %s (%.0f to %.0f)",
        Math.abs(comparison.change()) * 100,
        direction,
        low * 100,
        high * 100);
  }

  /** What a figure means, for somebody who does not know percentiles. */
  static String meaning(Figure figure) {
    return switch (figure) {
      case P50 -> "typical (p50)";
      case P99 -> "slowest 1% (p99)";
      case TOTAL -> "whole burst";
    };
  }

  /** The rule behind the verdicts, and how far to trust it. */
  private static List<String> notes(Report report) {
    double smallest = report.run().settings().smallestDifference();
    List<BalancerComparison> comparisons = report.figures().comparisons();
    List<String> notes = new ArrayList<>();
    notes.add(
        ("Time that requests took, with 95%% intervals. A difference is shown when an exact test"
                + " over the rounds finds it and it may be as large as %s, the smallest that"
                + " matters. At most %.0f%% of such reports on equal balancers show one"
                + " (docs/benchmark.md).")
            .formatted(ReportFormat.percent(smallest), Verdicts.LEVEL * 100));
    most(comparisons, Outcome.NO_DIFFERENCE_SHOWN)
        .ifPresent(
            worst ->
                notes.add(
                    "Where none is shown, %d rounds would have found %s in four of five runs; to find %s takes %s rounds."
                        .formatted(
                            worst.rounds(),
                            ReportFormat.percent(worst.smallestFound()),
                            ReportFormat.percent(smallest),
                            rounds(worst))));
    most(comparisons, Outcome.NOT_ENOUGH_ROUNDS)
        .ifPresent(
            worst ->
                notes.add(
                    "%d rounds are not enough to show any difference; to find %s takes %s or more."
                        .formatted(worst.rounds(), ReportFormat.percent(smallest), rounds(worst))));
    return notes;
  }

  /** The comparison that needs most rounds. */
  private static Optional<BalancerComparison> most(
      List<BalancerComparison> comparisons, Outcome outcome) {
    return comparisons.stream()
        .filter(comparison -> comparison.outcome() == outcome)
        .max(Comparator.comparingInt(BalancerComparison::roundsNeeded));
  }

  private static String rounds(BalancerComparison comparison) {
    return comparison.roundsNeeded() > BalancerComparison.MOST_ROUNDS
        ? "more than " + ReportFormat.count(BalancerComparison.MOST_ROUNDS)
        : Integer.toString(comparison.roundsNeeded());
  }
}
