package dev.leadline.bench.report;

import dev.leadline.bench.report.table.Cell;
import dev.leadline.bench.report.table.Cell.Style;
import dev.leadline.bench.report.table.Table;
import dev.leadline.bench.report.table.Table.Column;
import dev.leadline.bench.report.table.Table.Medium;
import dev.leadline.bench.report.table.Table.Row;
import dev.leadline.bench.stats.CellFigures;
import dev.leadline.bench.stats.Latency;
import java.util.ArrayList;
import java.util.List;

/** How long requests took, cell by cell, and why some failed. */
final class FiguresTable {
  private FiguresTable() {}

  static Table of(Report report) {
    List<String> notes = new ArrayList<>();
    notes.add(
        "p50 to max are of all rounds together, from the moment a request should have been sent to"
            + " the last byte of its answer. Total is the time until the last request of a burst was"
            + " answered, and average is total over requests, as the assignment's script prints"
            + " them; both are of the median round.");
    if (report.figures().failed() > 0) {
      notes.add(
          "A failed request counts as the timeout, %s s."
              .formatted(
                  ReportFormat.seconds(report.run().settings().timeoutMillis() * 1_000_000)));
    }
    List<Row> rows = new ArrayList<>();
    for (CellFigures cell : report.figures().cells()) {
      Latency latency = cell.latency();
      rows.add(
          Row.of(
              Cell.code(cell.cell().path()),
              report.balancerCell(cell.cell().balancer()),
              Cell.of(ReportFormat.millis(latency.p50Nanos())),
              Cell.of(ReportFormat.millis(latency.p90Nanos())),
              Cell.of(ReportFormat.millis(latency.p99Nanos())),
              Cell.of(ReportFormat.millis(latency.maxNanos())),
              Cell.of(ReportFormat.millis(cell.totalNanos().median())),
              Cell.of(ReportFormat.range(cell.totalNanos())).as(Style.FAINT),
              Cell.of(ReportFormat.millis(cell.averageNanos())),
              Cell.of(ReportFormat.count(cell.failed()))
                  .as(cell.failed() == 0 ? Style.PLAIN : Style.BAD)));
    }
    return new Table(
        "Time of a request in ms",
        notes,
        List.of(
            Column.left("Path"),
            Column.left("Balancer"),
            Column.right("p50"),
            Column.right("p90"),
            Column.right("p99"),
            Column.right("max"),
            Column.right("total"),
            Column.right("range of total").from(Medium.SCREEN),
            Column.right("average"),
            Column.right("failed")),
        rows);
  }

  /** Without rows when no request failed. */
  static Table failures(Report report) {
    List<Row> rows = new ArrayList<>();
    for (CellFigures cell : report.figures().cells()) {
      cell.errors()
          .forEach(
              (reason, count) ->
                  rows.add(
                      Row.of(
                          Cell.code(cell.cell().path()),
                          report.balancerCell(cell.cell().balancer()),
                          Cell.of(reason),
                          Cell.of(ReportFormat.count(count)))));
    }
    return new Table(
        "Why requests failed",
        List.of(),
        List.of(
            Column.left("Path"),
            Column.left("Balancer"),
            Column.wrapped("Reason"),
            Column.right("Requests")),
        rows);
  }
}
