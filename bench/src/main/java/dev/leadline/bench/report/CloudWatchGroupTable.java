package dev.leadline.bench.report;

import dev.leadline.bench.cloudwatch.CloudWatchReading.GroupReading;
import dev.leadline.bench.cloudwatch.CloudWatchReading.Series;
import dev.leadline.bench.cloudwatch.Metrics;
import dev.leadline.bench.report.table.Cell;
import dev.leadline.bench.report.table.Table;
import dev.leadline.bench.report.table.Table.Column;
import dev.leadline.bench.report.table.Table.Medium;
import dev.leadline.bench.report.table.Table.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What CloudWatch counted for each target group, warm-up included. */
final class CloudWatchGroupTable {
  private static final String NO_DATA = "no data";

  private CloudWatchGroupTable() {}

  static Table of(Report report) {
    List<Row> rows = new ArrayList<>();
    for (GroupReading group : report.cloudWatch().groups()) {
      rows.add(
          new Row(
              List.of(
                  report.balancerCell(group.balancer()),
                  Cell.code(name(group.group())),
                  sum(group, Metrics.REQUEST_COUNT, "%,.0f"),
                  sum(group, Metrics.REQUESTS_PER_TARGET, "%,.1f"),
                  group
                      .series(Metrics.RESPONSE_TIME, "p99")
                      .map(it -> Cell.of(ReportFormat.rangeOfSeconds(it.points().values())))
                      .orElseGet(CloudWatchGroupTable::noData)),
              Medium.PAPER));
    }
    return new Table(
        "What CloudWatch saw of each target group",
        rows.isEmpty()
            ? List.of()
            : List.of(
                "RequestCountPerTarget is the requests of a group over its healthy targets. A path over several groups of an"
                    + " Application Load Balancer is in each of them; Leadline has a group of its own for it."),
        List.of(
            Column.left("Balancer"),
            Column.left("Target group"),
            Column.right(Metrics.REQUEST_COUNT),
            Column.right(Metrics.REQUESTS_PER_TARGET),
            Column.right(Cell.of(Metrics.RESPONSE_TIME).withDetail("p99 of a minute"))),
        rows);
  }

  /** An Application Load Balancer has {@code targetgroup/name/id} there. */
  private static String name(String dimension) {
    String[] parts = dimension.split("/", -1);
    return parts.length == 3 ? parts[1] : dimension;
  }

  private static Cell sum(GroupReading group, String metric, String format) {
    return group
        .series(metric, "Sum")
        .map(Series::points)
        .map(
            points ->
                Cell.of(
                    String.format(
                        Locale.ROOT, format, points.values().stream().mapToDouble(it -> it).sum())))
        .orElseGet(CloudWatchGroupTable::noData);
  }

  private static Cell noData() {
    return Cell.of(NO_DATA).as(Cell.Style.FAINT);
  }
}
