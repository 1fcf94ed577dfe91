package dev.leadline.bench.report;

import dev.leadline.bench.cloudwatch.CloudWatchReading.BalancerReading;
import dev.leadline.bench.cloudwatch.CloudWatchReading.Series;
import dev.leadline.bench.cloudwatch.Metrics;
import dev.leadline.bench.cloudwatch.MinuteClock;
import dev.leadline.bench.plan.Pace;
import dev.leadline.bench.report.table.Cell;
import dev.leadline.bench.report.table.Table;
import dev.leadline.bench.report.table.Table.Column;
import dev.leadline.bench.report.table.Table.Row;
import dev.leadline.bench.stats.CellFigures;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What CloudWatch says of each cell. Without rows unless every measured burst had a clock minute of
 * its own: otherwise the figures of a minute are those of several cells.
 */
final class CloudWatchCellTable {
  private CloudWatchCellTable() {}

  static Table of(Report report) {
    List<Row> rows = new ArrayList<>();
    if (report.run().settings().pace() == Pace.MINUTE) {
      for (CellFigures cell : report.figures().cells()) {
        report
            .cloudWatch()
            .balancer(report.run().lab().behind(cell.cell().balancer()))
            .ifPresent(reading -> rows.add(row(report, cell, reading)));
      }
    }
    return new Table(
        "What CloudWatch saw of each cell",
        rows.isEmpty()
            ? List.of()
            : List.of(
                "Every measured burst had a clock minute of its own, so CloudWatch can tell the cells"
                    + " apart. Percentiles are those of TargetResponseTime in single minutes, as the"
                    + " range over the rounds."),
        List.of(
            Column.left("Path"),
            Column.left("Balancer"),
            Column.right("sent"),
            Column.right(Metrics.REQUEST_COUNT),
            Column.right(Cell.of("p50").withDetail(Metrics.RESPONSE_TIME)),
            Column.right(Cell.of("p99").withDetail(Metrics.RESPONSE_TIME))),
        rows);
  }

  private static Row row(Report report, CellFigures cell, BalancerReading reading) {
    List<Instant> minutes =
        cell.rounds().stream().map(round -> MinuteClock.of(round.burst().startedAt())).toList();
    double counted =
        points(reading, Metrics.REQUEST_COUNT, "Sum", minutes).stream()
            .mapToDouble(Double::doubleValue)
            .sum();
    return Row.of(
        Cell.code(cell.cell().path()),
        report.balancerCell(cell.cell().balancer()),
        Cell.of(ReportFormat.count(cell.requests())),
        Cell.of(ReportFormat.count(Math.round(counted))),
        Cell.of(
            ReportFormat.rangeOfSeconds(points(reading, Metrics.RESPONSE_TIME, "p50", minutes))),
        Cell.of(
            ReportFormat.rangeOfSeconds(points(reading, Metrics.RESPONSE_TIME, "p99", minutes))));
  }

  private static List<Double> points(
      BalancerReading reading, String metric, String statistic, List<Instant> minutes) {
    Optional<Series> series = reading.series(metric, statistic);
    return minutes.stream()
        .flatMap(minute -> series.map(s -> s.points().get(minute)).stream())
        .toList();
  }
}
