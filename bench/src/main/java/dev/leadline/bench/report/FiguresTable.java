package dev.leadline.bench.report;

import dev.leadline.bench.report.table.Cell;
import dev.leadline.bench.report.table.Cell.Style;
import dev.leadline.bench.report.table.Table;
import dev.leadline.bench.report.table.Table.Column;
import dev.leadline.bench.report.table.Table.Medium;
import dev.leadline.bench.report.table.Table.Row;
import dev.leadline.bench.stats.CellFigures;
import dev.leadline.bench.stats.Latency;
import dev.leadline.bench.stats.Stages;
import dev.leadline.bench.stats.Stages.Stage;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** How long requests took, cell by cell, and why some failed. */
final class FiguresTable {
  private FiguresTable() {}

  static Table of(Report report) {
    List<String> notes = new ArrayList<>();
    notes.add(
        "p50 to max are of all rounds together, from the moment a request should have been sent to"
            + " the last byte of its answer. Total is the time until the last request of a burst was"
            + " answered, and average is total over requests, as the assignment's script prints"
            + " them; both are of the median round, as are the requests answered in a second.");
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
              Cell.of(ReportFormat.rate(cell.answeredPerSecond())),
              Cell.of(ReportFormat.percent(cell.requests() - cell.failed(), cell.requests()))
                  .as(cell.failed() == 0 ? Style.PLAIN : Style.BAD),
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
            Column.right("average").from(Medium.PAPER),
            Column.right("req/s"),
            Column.right("success"),
            Column.right("failed").from(Medium.PAPER)),
        rows);
  }

  /** Connection, first byte and the rest of the answer, each apart. */
  static Table stages(Report report) {
    List<Row> rows = new ArrayList<>();
    for (CellFigures cell : report.figures().cells()) {
      Stages stages = cell.stages();
      rows.add(
          Row.of(
              Cell.code(cell.cell().path()),
              report.balancerCell(cell.cell().balancer()),
              Cell.of(ReportFormat.millis(cell.latency().p50Nanos())),
              Cell.of(ReportFormat.millis(cell.latency().p99Nanos())),
              stage(stages.connection(), Stage::p50Nanos),
              stage(stages.connection(), Stage::p99Nanos),
              stage(stages.firstByte(), Stage::p50Nanos),
              stage(stages.firstByte(), Stage::p99Nanos),
              stage(stages.rest(), Stage::p50Nanos),
              stage(stages.rest(), Stage::p99Nanos)));
    }
    return new Table(
        "Where the time goes in ms",
        List.of(
            "Client: from the moment a request should have been sent to the last byte, as above."
                + (report.run().settings().preConnected()
                    ? " Connect: until the request was written to its connection, which was open before."
                    : " Connect: until its connection was open and the request written; 1,000 ms and"
                        + " more are a lost packet of the handshake.")
                + " Wait: from then until the first bytes of the answer. Read: the rest of the answer."
                + " Answered requests only but for the client's time; percentiles of parts do not add up."),
        List.of(
            Column.left("Path"),
            Column.left("Balancer"),
            Column.right("client p50").from(Medium.PAPER),
            Column.right("p99").from(Medium.PAPER),
            Column.right("connect p50"),
            Column.right("p99"),
            Column.right("wait p50"),
            Column.right("p99"),
            Column.right("read p50"),
            Column.right("p99")),
        rows);
  }

  private static Cell stage(@Nullable Stage stage, ToLongFunction<Stage> figure) {
    return stage == null
        ? Cell.of("-").as(Style.FAINT)
        : Cell.of(ReportFormat.millis(figure.applyAsLong(stage)));
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
