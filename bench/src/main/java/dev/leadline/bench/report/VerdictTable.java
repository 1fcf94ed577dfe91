package dev.leadline.bench.report;

import dev.leadline.bench.report.Findings.Verdict;
import dev.leadline.bench.report.table.Cell;
import dev.leadline.bench.report.table.Cell.Style;
import dev.leadline.bench.report.table.Table;
import dev.leadline.bench.report.table.Table.Column;
import dev.leadline.bench.report.table.Table.Medium;
import dev.leadline.bench.report.table.Table.Row;
import dev.leadline.bench.stats.BalancerComparison;
import dev.leadline.bench.stats.BalancerComparison.Figure;
import java.util.ArrayList;
import java.util.List;

/** Which balancer was faster, path by path. Without rows when one balancer was measured. */
final class VerdictTable {
  private VerdictTable() {}

  static Table of(Report report) {
    List<Column> columns = new ArrayList<>(List.of(Column.left("Path"), Column.left("Balancer")));
    for (Figure figure : Figure.values()) {
      columns.add(Column.left(meaning(figure)));
    }
    List<Row> rows = new ArrayList<>();
    for (Verdict verdict : report.findings().verdicts()) {
      List<Cell> cells = new ArrayList<>();
      cells.add(Cell.code(verdict.path()));
      cells.add(report.balancerCell(verdict.candidate()));
      verdict.figures().forEach(comparison -> cells.add(cell(comparison)));
      rows.add(new Row(cells, Medium.TERMINAL));
    }
    return new Table(
        "Compared with " + report.run().lab().balancers().get(0).title(),
        rows.isEmpty() ? List.of() : List.of(rule(report.rounds())),
        columns,
        rows);
  }

  private static Cell cell(BalancerComparison comparison) {
    long percent = Math.round(Math.abs(comparison.change()) * 100);
    Cell cell =
        switch (comparison.outcome()) {
          case CANDIDATE_FASTER -> Cell.of(percent + "% less time").as(Style.GOOD);
          case BASELINE_FASTER -> Cell.of(percent + "% more time").as(Style.BAD);
          case NO_CLEAR_DIFFERENCE -> Cell.of("no clear winner").as(Style.FAINT);
          case TOO_FEW_ROUNDS -> Cell.of("too few rounds").as(Style.FAINT);
        };
    return cell.withDetail(
        "%s ms\nagainst %s ms"
            .formatted(
                ReportFormat.range(comparison.candidateNanos()),
                ReportFormat.range(comparison.baselineNanos())));
  }

  /** What a figure means, for somebody who does not know percentiles. */
  private static String meaning(Figure figure) {
    return switch (figure) {
      case P50 -> "typical (p50)";
      case P99 -> "slowest 1% (p99)";
      case TOTAL -> "whole burst";
    };
  }

  /** The rule behind the verdicts, and how far to trust it. */
  private static String rule(int rounds) {
    if (rounds < BalancerComparison.FEWEST_ROUNDS) {
      return "Nothing is compared below %d rounds: fewer do not show how much a figure varies by itself."
          .formatted(BalancerComparison.FEWEST_ROUNDS);
    }
    return ("A difference is shown when the ranges over the %d rounds do not touch and the medians"
            + " differ by %.0f%% or more. Two equal balancers would show ranges that do not touch in"
            + " 1 of %d comparisons.")
        .formatted(
            rounds,
            BalancerComparison.SMALLEST_DIFFERENCE * 100,
            BalancerComparison.chanceOneIn(rounds));
  }
}
