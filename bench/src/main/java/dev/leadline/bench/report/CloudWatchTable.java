package dev.leadline.bench.report;

import dev.leadline.bench.cloudwatch.CloudWatchReading;
import dev.leadline.bench.cloudwatch.CloudWatchReading.BalancerReading;
import dev.leadline.bench.cloudwatch.CloudWatchReading.Series;
import dev.leadline.bench.cloudwatch.Metrics;
import dev.leadline.bench.lab.LabDescription.Balancer;
import dev.leadline.bench.report.table.Cell;
import dev.leadline.bench.report.table.Cell.Style;
import dev.leadline.bench.report.table.Table;
import dev.leadline.bench.report.table.Table.Column;
import dev.leadline.bench.report.table.Table.Medium;
import dev.leadline.bench.report.table.Table.Row;
import dev.leadline.bench.stats.Answers;
import dev.leadline.bench.stats.BurstFigures;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * What the client counted, what CloudWatch counted and what the targets answered, over the whole
 * run with its warm-up: a column for each balancer. Without rows when CloudWatch was not read.
 */
final class CloudWatchTable {
  private static final String NO_DATA = "no data";

  private final Report report;
  private final List<Row> rows = new ArrayList<>();

  private CloudWatchTable(Report report) {
    this.report = report;
  }

  static Table of(Report report) {
    return new CloudWatchTable(report).table();
  }

  private Table table() {
    List<Column> columns = new ArrayList<>(List.of(Column.left("Whole run, warm-up included")));
    for (Balancer balancer : report.run().lab().compared()) {
      columns.add(Column.right(report.balancerCell(balancer.name())));
    }
    if (!report.cloudWatch().balancers().isEmpty()) {
      row(Cell.of("Requests the client sent"), Medium.TERMINAL, b -> count(b, Answers::sent));
      row(Cell.code(Metrics.REQUEST_COUNT), Medium.TERMINAL, this::requestCount);
      row(Cell.of("Answers that name a target"), Medium.TERMINAL, b -> count(b, Answers::named));
      row(Cell.of("Requests that failed"), Medium.TERMINAL, b -> count(b, Answers::failed));
      for (String counter : Metrics.COUNTERS) {
        if (!counter.equals(Metrics.REQUEST_COUNT)) {
          row(Cell.code(counter), Medium.PAPER, b -> Cell.of(sum(b, counter)));
        }
      }
      String latency = Metrics.RESPONSE_TIME;
      row(Cell.of(latency + ", average"), Medium.PAPER, b -> Cell.of(averageLatency(b)));
      for (String percentile : List.of("p50", "p90", "p99")) {
        row(
            Cell.of(latency + ", %s of a minute".formatted(percentile)),
            percentile.equals("p99") ? Medium.TERMINAL : Medium.PAPER,
            b -> Cell.of(series(b, latency, percentile, CloudWatchTable::rangeOfMinutes)));
      }
      row(
          Cell.of(Metrics.HEALTHY_HOSTS + ", fewest"),
          Medium.PAPER,
          b -> Cell.of(series(b, Metrics.HEALTHY_HOSTS, "Minimum", CloudWatchTable::fewest)));
    }
    return new Table("What CloudWatch saw", notes(), columns, rows);
  }

  private List<String> notes() {
    CloudWatchReading reading = report.cloudWatch();
    return reading.from() == null || reading.to() == null
        ? List.of(reading.detail())
        : List.of(
            reading.detail(),
            "Read for %s to %s, %d times until the counts no longer changed. CloudWatch cannot tell warm-up apart."
                .formatted(
                    ReportFormat.time(reading.from()),
                    ReportFormat.time(reading.to()),
                    reading.polls()));
  }

  private void row(Cell name, Medium from, Function<Balancer, Cell> cell) {
    List<Cell> cells = new ArrayList<>(List.of(name));
    report.run().lab().compared().forEach(balancer -> cells.add(cell.apply(balancer)));
    rows.add(new Row(cells, from));
  }

  private Cell count(Balancer balancer, ToLongFunction<Answers> which) {
    return Cell.of(
        ReportFormat.count(
            report.figures().bursts().stream()
                .filter(burst -> behind(burst).equals(balancer.name()))
                .map(BurstFigures::answers)
                .mapToLong(which)
                .sum()));
  }

  /** The control's requests reach the balancer that it is the control of. */
  private String behind(BurstFigures burst) {
    return report.run().lab().behind(burst.burst().balancer());
  }

  private Optional<BalancerReading> reading(Balancer balancer) {
    return report.cloudWatch().balancer(balancer.name());
  }

  private Cell requestCount(Balancer balancer) {
    boolean agrees = reading(balancer).map(BalancerReading::agrees).orElse(false);
    return Cell.of(sum(balancer, Metrics.REQUEST_COUNT)).as(agrees ? Style.GOOD : Style.BAD);
  }

  private String sum(Balancer balancer, String metric) {
    return reading(balancer).map(r -> ReportFormat.count(r.sum(metric))).orElse("not read");
  }

  private String series(
      Balancer balancer,
      String metric,
      String statistic,
      Function<SortedMap<Instant, Double>, String> summary) {
    return reading(balancer)
        .flatMap(r -> r.series(metric, statistic))
        .map(series -> summary.apply(series.points()))
        .orElse(NO_DATA);
  }

  /** Averages of minutes, weighted with their requests, are the average of the run. */
  private String averageLatency(Balancer balancer) {
    SortedMap<Instant, Double> requests =
        reading(balancer)
            .flatMap(r -> r.series(Metrics.RESPONSE_TIME, "SampleCount"))
            .map(Series::points)
            .orElse(Collections.emptySortedMap());
    return series(
        balancer,
        Metrics.RESPONSE_TIME,
        "Average",
        averages -> {
          if (!requests.keySet().containsAll(averages.keySet())) {
            return rangeOfMinutes(averages);
          }
          double seconds = 0;
          double weight = 0;
          for (var minute : averages.entrySet()) {
            double count = Objects.requireNonNull(requests.get(minute.getKey()));
            seconds += minute.getValue() * count;
            weight += count;
          }
          return weight == 0 ? NO_DATA : ReportFormat.millis(seconds / weight * 1e9) + " ms";
        });
  }

  /** Percentiles of minutes cannot be averaged: their range is what can be said. */
  private static String rangeOfMinutes(SortedMap<Instant, Double> seconds) {
    return ReportFormat.rangeOfSeconds(seconds.values());
  }

  private static String fewest(SortedMap<Instant, Double> hosts) {
    return String.format(
        Locale.ROOT,
        "%.0f",
        hosts.values().stream().mapToDouble(Double::doubleValue).min().orElse(0));
  }
}
