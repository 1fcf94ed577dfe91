package dev.leadline.bench.report;

import dev.leadline.bench.cloudwatch.CloudWatchReading.TargetReading;
import dev.leadline.bench.cloudwatch.Metrics;
import dev.leadline.bench.lab.LabDescription.Target;
import dev.leadline.bench.report.table.Cell;
import dev.leadline.bench.report.table.Table;
import dev.leadline.bench.report.table.Table.Column;
import dev.leadline.bench.report.table.Table.Medium;
import dev.leadline.bench.report.table.Table.Row;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;

/** CPU, network and CPU credits of each target during the run, as CloudWatch has them. */
final class CloudWatchTargetTable {
  private static final double BYTES_PER_MEGABYTE = 1e6;

  private CloudWatchTargetTable() {}

  static Table of(Report report) {
    List<Row> rows = new ArrayList<>();
    for (Target target : report.run().lab().targets()) {
      report.cloudWatch().target(target.id()).ifPresent(it -> rows.add(row(report, target, it)));
    }
    return new Table(
        "What CloudWatch saw of each target",
        rows.isEmpty()
            ? List.of()
            : List.of(
                "From the first burst to the end of the run. A CPU credit is one vCPU at full load for a minute; an"
                    + " instance without any is slowed down to its baseline. Credits are published every five minutes."),
        List.of(
            Column.left("Target"),
            Column.right(Cell.of("CPU, mean").withDetail("%")),
            Column.right(Cell.of("CPU, busiest minute").withDetail("%")),
            Column.right(Cell.of(Metrics.NETWORK_IN).withDetail("MB")),
            Column.right(Cell.of(Metrics.NETWORK_OUT).withDetail("MB")),
            Column.right("Credits before"),
            Column.right("Credits after")),
        rows);
  }

  private static Row row(Report report, Target target, TargetReading reading) {
    Instant first = report.cloudWatch().minuteOf(report.run().firstBurstAt());
    List<Cell> cells =
        List.of(
            Cell.of(target.title()),
            number(
                "%.0f",
                reading.cpuPercent().values().stream().mapToDouble(it -> it).average().orElse(-1)),
            number(
                "%.0f",
                reading.cpuPercent().values().stream().mapToDouble(it -> it).max().orElse(-1)),
            megabytes(reading.bytesIn()),
            megabytes(reading.bytesOut()),
            number("%.1f", CpuCredits.before(reading, first)),
            number("%.1f", CpuCredits.after(reading)));
    return new Row(cells, Medium.PAPER);
  }

  private static Cell megabytes(SortedMap<Instant, Double> bytes) {
    return number(
        "%.1f",
        bytes.isEmpty()
            ? -1
            : bytes.values().stream().mapToDouble(it -> it).sum() / BYTES_PER_MEGABYTE);
  }

  private static Cell number(String format, double value) {
    return value < 0
        ? Cell.of("no data").as(Cell.Style.FAINT)
        : Cell.of(String.format(Locale.ROOT, format, value));
  }
}
