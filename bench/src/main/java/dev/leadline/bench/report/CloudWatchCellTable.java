package dev.leadline.bench.report;

import dev.leadline.bench.cloudwatch.CloudWatchReading;
import dev.leadline.bench.cloudwatch.CloudWatchReading.BalancerReading;
import dev.leadline.bench.cloudwatch.CloudWatchReading.Series;
import dev.leadline.bench.cloudwatch.CloudWatchReading.TargetReading;
import dev.leadline.bench.cloudwatch.Metrics;
import dev.leadline.bench.lab.LabDescription.Target;
import dev.leadline.bench.plan.Pace;
import dev.leadline.bench.report.table.Cell;
import dev.leadline.bench.report.table.Table;
import dev.leadline.bench.report.table.Table.Column;
import dev.leadline.bench.report.table.Table.Medium;
import dev.leadline.bench.report.table.Table.Row;
import dev.leadline.bench.stats.CellFigures;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What CloudWatch says of each cell. Without rows unless every measured burst had a clock minute of
 * its own: otherwise the figures of a minute are those of several cells.
 */
final class CloudWatchCellTable {
  private static final List<String> OTHER_ANSWERS =
      List.of(
          Metrics.TARGET_3XX,
          Metrics.TARGET_4XX,
          Metrics.TARGET_5XX,
          Metrics.ELB_3XX,
          Metrics.ELB_4XX,
          Metrics.ELB_5XX);

  private static final List<CellFigures> NONE = List.of();

  private CloudWatchCellTable() {}

  static Table of(Report report) {
    List<Row> rows = new ArrayList<>();
    for (CellFigures cell : cells(report)) {
      report
          .cloudWatch()
          .balancer(report.run().lab().behind(cell.cell().balancer()))
          .ifPresent(reading -> rows.add(row(report, cell, reading)));
    }
    return new Table(
        "What CloudWatch saw of each cell",
        rows.isEmpty()
            ? List.of()
            : List.of(
                "Every measured burst had a clock minute of its own, so CloudWatch can tell the cells"
                    + " apart. Percentiles are those of single minutes, as the range over the rounds."
                    + " Clients' latency is theirs, with every wait; RequestProcessingTime is the wait"
                    + " in the balancer, and TargetResponseTime begins after it."),
        List.of(
            Column.left("Path"),
            Column.left("Balancer"),
            Column.right("sent"),
            Column.right(Metrics.REQUEST_COUNT),
            Column.right("not 2XX").from(Medium.PAPER),
            Column.right("connection errors").from(Medium.SCREEN),
            Column.right(Cell.of("p99").withDetail("at the client")),
            Column.right(Cell.of("p50").withDetail(Metrics.PROCESSING_TIME)).from(Medium.SCREEN),
            Column.right(Cell.of("p99").withDetail(Metrics.PROCESSING_TIME)).from(Medium.PAPER),
            Column.right(Cell.of("p50").withDetail(Metrics.RESPONSE_TIME)).from(Medium.SCREEN),
            Column.right(Cell.of("p99").withDetail(Metrics.RESPONSE_TIME))),
        rows);
  }

  /** The cells of which CloudWatch has minutes of their own. */
  private static List<CellFigures> cells(Report report) {
    return report.run().settings().pace() == Pace.MINUTE ? report.figures().cells() : List.of();
  }

  private static List<Instant> minutes(CloudWatchReading reading, CellFigures cell) {
    return cell.rounds().stream()
        .map(round -> reading.minuteOf(round.burst().startedAt()))
        .toList();
  }

  private static Row row(Report report, CellFigures cell, BalancerReading reading) {
    List<Instant> minutes = minutes(report.cloudWatch(), cell);
    long other = OTHER_ANSWERS.stream().mapToLong(name -> sum(reading, name, minutes)).sum();
    long connections =
        sum(reading, Metrics.CONNECTION_ERRORS, minutes)
            + sum(reading, Metrics.REJECTED_CONNECTIONS, minutes);
    return Row.of(
        Cell.code(cell.cell().path()),
        report.balancerCell(cell.cell().balancer()),
        Cell.of(ReportFormat.count(cell.requests())),
        counted(reading, sum(reading, Metrics.REQUEST_COUNT, minutes)),
        counted(reading, other),
        counted(reading, connections),
        Cell.of(ReportFormat.range(cell.p99Nanos()) + " ms"),
        percentile(reading, Metrics.PROCESSING_TIME, "p50", minutes),
        percentile(reading, Metrics.PROCESSING_TIME, "p99", minutes),
        percentile(reading, Metrics.RESPONSE_TIME, "p50", minutes),
        percentile(reading, Metrics.RESPONSE_TIME, "p99", minutes));
  }

  private static Cell counted(BalancerReading reading, long count) {
    return reading.countsRequests()
        ? Cell.of(ReportFormat.count(count))
        : Cell.of("-").as(Cell.Style.FAINT);
  }

  private static Cell percentile(
      BalancerReading reading, String metric, String statistic, List<Instant> minutes) {
    return Cell.of(ReportFormat.rangeOfSeconds(points(reading, metric, statistic, minutes)));
  }

  private static long sum(BalancerReading reading, String metric, List<Instant> minutes) {
    return Math.round(
        points(reading, metric, "Sum", minutes).stream().mapToDouble(Double::doubleValue).sum());
  }

  private static List<Double> points(
      BalancerReading reading, String metric, String statistic, List<Instant> minutes) {
    Optional<Series> series = reading.series(metric, statistic);
    return minutes.stream()
        .flatMap(minute -> series.map(s -> s.points().get(minute)).stream())
        .toList();
  }

  /** CPU of each target in the minutes of each cell. */
  static Table targets(Report report) {
    List<Column> columns = new ArrayList<>(List.of(Column.left("Path"), Column.left("Balancer")));
    List<Target> targets = report.run().lab().targets();
    targets.forEach(target -> columns.add(Column.right(target.title())));
    List<Row> rows = new ArrayList<>();
    for (CellFigures cell : report.cloudWatch().targets().isEmpty() ? NONE : cells(report)) {
      List<Cell> row =
          new ArrayList<>(
              List.of(Cell.code(cell.cell().path()), report.balancerCell(cell.cell().balancer())));
      List<Instant> minutes = minutes(report.cloudWatch(), cell);
      for (Target target : targets) {
        OptionalDouble percent = meanCpu(report.cloudWatch().target(target.id()), minutes);
        row.add(
            percent.isPresent()
                ? Cell.of(ReportFormat.count(Math.round(percent.getAsDouble())))
                : Cell.of("-").as(Cell.Style.FAINT));
      }
      rows.add(new Row(row, Medium.PAPER));
    }
    return new Table(
        "CPU of each target in the minutes of each cell (%)",
        rows.isEmpty() ? List.of() : List.of("The mean of the rounds' minutes, by CloudWatch."),
        columns,
        rows);
  }

  private static OptionalDouble meanCpu(Optional<TargetReading> target, List<Instant> minutes) {
    return target.stream()
        .flatMap(reading -> minutes.stream().map(minute -> reading.cpuPercent().get(minute)))
        .filter(Objects::nonNull)
        .mapToDouble(Double::doubleValue)
        .average();
  }
}
