package dev.leadline.bench.report;

import dev.leadline.bench.cloudwatch.CloudWatchReading;
import dev.leadline.bench.cloudwatch.CloudWatchReading.BalancerReading;
import dev.leadline.bench.cloudwatch.CloudWatchReading.Series;
import dev.leadline.bench.cloudwatch.Metrics;
import dev.leadline.bench.cloudwatch.Published;
import dev.leadline.bench.lab.Kind;
import dev.leadline.bench.lab.LabDescription;
import dev.leadline.bench.lab.LabDescription.Balancer;
import dev.leadline.bench.plan.Phase;
import dev.leadline.bench.report.table.Cell;
import dev.leadline.bench.report.table.Cell.Style;
import dev.leadline.bench.report.table.Table;
import dev.leadline.bench.report.table.Table.Column;
import dev.leadline.bench.report.table.Table.Medium;
import dev.leadline.bench.report.table.Table.Row;
import dev.leadline.bench.stats.Answers;
import dev.leadline.bench.stats.BurstFigures;
import dev.leadline.bench.stats.Spread;
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
  private static final String NOT_PUBLISHED = "not published";
  private static final List<Integer> PERCENTS = List.of(50, 90, 99);

  /** What each of the times contains: two balancers are not to be compared by a part of it. */
  private static final List<String> TIMES =
      List.of(
          "Latency at the client is what its users wait: from the intended send to the end of the answer, with the"
              + " network, the connection, and every queue on the way. Compare the balancers by it.",
          "RequestProcessingTime is Leadline's alone: from the arrival of a request until it is sent to a target. It holds"
              + " the wait for a target with room. An Application Load Balancer has it in its access log only.",
          "TargetResponseTime starts when the request is sent to the target, and ends with the first byte of its answer. It"
              + " holds the queue within the target, and not the one in the balancer: a balancer that holds requests back"
              + " has a smaller one at the same latency.");

  private static final String NETWORK =
      "A Network Load Balancer counts connections and bytes, and no requests. What it calls NewFlowCount and"
          + " ActiveFlowCount stands beside NewConnectionCount and ActiveConnectionCount, which count connections to targets, too.";

  private static final String CLASSIC =
      "A Classic Load Balancer calls TargetResponseTime Latency, and the answers of targets HTTPCode_Backend. There is one"
          + " for each path: their counts are added up, and the percentiles of a minute are those of the slowest one.";

  private final Report report;
  private final List<Row> rows = new ArrayList<>();

  private CloudWatchTable(Report report) {
    this.report = report;
  }

  static Table of(Report report) {
    return new CloudWatchTable(report).table();
  }

  private Table table() {
    List<Column> columns =
        new ArrayList<>(
            List.of(
                Column.left(many() ? "Whole run, times in ms" : "Whole run, warm-up included")));
    for (Balancer balancer : report.run().lab().counting()) {
      LabDescription.Setting setting = balancer.setting();
      columns.add(
          Column.right(
              setting == null
                  ? report.balancerCell(balancer.name())
                  : Cell.of(setting.of()).withDetail("all its policies")));
    }
    if (!report.cloudWatch().balancers().isEmpty()) {
      row(Cell.of("Requests the client sent"), Medium.TERMINAL, b -> count(b, Answers::sent));
      row(Cell.code(Metrics.REQUEST_COUNT), Medium.TERMINAL, this::requestCount);
      row(
          Cell.of("Answers of all targets together"),
          Medium.TERMINAL,
          b -> count(b, Answers::named));
      row(Cell.of("Requests that failed"), Medium.TERMINAL, b -> count(b, Answers::failed));
      for (int percent : PERCENTS) {
        row(
            Cell.of("Latency at the client, p%d of a burst".formatted(percent)),
            percent == 99 ? Medium.TERMINAL : Medium.PAPER,
            b -> Cell.of(clientPercentile(b, percent)));
      }
      times(Metrics.PROCESSING_TIME);
      times(Metrics.RESPONSE_TIME);
      for (String counter : Metrics.COUNTERS) {
        if (!counter.equals(Metrics.REQUEST_COUNT)) {
          row(Cell.code(counter), Medium.PAPER, b -> Cell.of(sum(b, counter)));
        }
      }
      row(
          Cell.of(Metrics.HEALTHY_HOSTS + ", fewest"),
          Medium.PAPER,
          b -> Cell.of(series(b, Metrics.HEALTHY_HOSTS, "Minimum", CloudWatchTable::fewest)));
      row(
          Cell.code(Metrics.NEW_CONNECTIONS),
          Medium.PAPER,
          b -> Cell.of(sum(b, Metrics.NEW_CONNECTIONS)));
      row(
          Cell.of(Metrics.ACTIVE_CONNECTIONS + ", most in a minute"),
          Medium.PAPER,
          b -> Cell.of(series(b, Metrics.ACTIVE_CONNECTIONS, "Sum", CloudWatchTable::most)));
      row(
          Cell.of(Metrics.PROCESSED_BYTES).withDetail("MB"),
          Medium.PAPER,
          b -> Cell.of(series(b, Metrics.PROCESSED_BYTES, "Sum", CloudWatchTable::megabytes)));
      if (has(Kind.NETWORK)) {
        Metrics.RESETS.forEach(
            metric -> row(Cell.code(metric), Medium.PAPER, b -> Cell.of(sum(b, metric))));
      }
    }
    return new Table("What CloudWatch saw", notes(), columns, rows);
  }

  private boolean has(Kind kind) {
    return report.run().lab().counting().stream().anyMatch(it -> it.kind() == kind);
  }

  /** Rows of one kind of time: the mean of the run, and percentiles of single minutes. */
  private void times(String metric) {
    row(Cell.of(metric + ", average"), Medium.PAPER, b -> Cell.of(averageOf(b, metric)));
    for (int percent : PERCENTS) {
      row(
          Cell.of(metric + ", p%d of a minute".formatted(percent)),
          percent == 99 ? Medium.TERMINAL : Medium.PAPER,
          b -> Cell.of(percentileOf(b, metric, percent)));
    }
  }

  private List<String> notes() {
    CloudWatchReading reading = report.cloudWatch();
    List<String> notes = new ArrayList<>(List.of(reading.detail()));
    if (reading.from() != null && reading.to() != null) {
      notes.add(
          "Read for %s to %s, %d times until the counts no longer changed. CloudWatch cannot tell warm-up apart."
              .formatted(
                  ReportFormat.time(reading.from()),
                  ReportFormat.time(reading.to()),
                  reading.polls()));
      notes.addAll(TIMES);
      if (has(Kind.NETWORK)) {
        notes.add(NETWORK);
      }
      if (has(Kind.CLASSIC)) {
        notes.add(CLASSIC);
      }
      notes.addAll(Reconciliation.differences(report));
    }
    notes.addAll(reading.remarks());
    return notes;
  }

  private void row(Cell name, Medium from, Function<Balancer, Cell> cell) {
    List<Cell> cells = new ArrayList<>(List.of(name));
    for (Balancer balancer : report.run().lab().counting()) {
      Cell full = cell.apply(balancer);
      cells.add(many() ? full.withText(full.text().replaceFirst(" ms$", "")) : full);
    }
    rows.add(new Row(cells, from));
  }

  /** Whether a terminal would have no room for the names of the rows beside values with units. */
  private boolean many() {
    return report.run().lab().counting().size() > 2;
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
    Cell count = Cell.of(sum(balancer, Metrics.REQUEST_COUNT));
    if (!isPublished(balancer, Metrics.REQUEST_COUNT)) {
      return count;
    }
    boolean agrees = reading(balancer).map(BalancerReading::agrees).orElse(false);
    return count.as(agrees ? Style.GOOD : Style.BAD);
  }

  private String sum(Balancer balancer, String metric) {
    if (!isPublished(balancer, metric)) {
      return NOT_PUBLISHED;
    }
    return reading(balancer).map(r -> ReportFormat.count(r.sum(metric))).orElse("not read");
  }

  private String series(
      Balancer balancer,
      String metric,
      String statistic,
      Function<SortedMap<Instant, Double>, String> summary) {
    if (!isPublished(balancer, metric)) {
      return NOT_PUBLISHED;
    }
    return reading(balancer)
        .flatMap(r -> r.series(metric, statistic))
        .map(series -> summary.apply(series.points()))
        .orElse(NO_DATA);
  }

  /** What clients saw in each burst, the warm-up included, as in CloudWatch. */
  private String clientPercentile(Balancer balancer, int percent) {
    long[] nanos =
        report.figures().bursts().stream()
            .filter(burst -> behind(burst).equals(balancer.name()))
            .filter(burst -> burst.burst().phase() != Phase.PROBE)
            .map(BurstFigures::latency)
            .mapToLong(
                it -> percent == 50 ? it.p50Nanos() : percent == 90 ? it.p90Nanos() : it.p99Nanos())
            .toArray();
    return nanos.length == 0 ? NO_DATA : ReportFormat.range(Spread.of(nanos)) + " ms";
  }

  private String percentileOf(Balancer balancer, String metric, int percent) {
    return series(balancer, metric, "p" + percent, CloudWatchTable::rangeOfMinutes);
  }

  private static boolean isPublished(Balancer balancer, String metric) {
    return Published.by(balancer.kind(), metric);
  }

  /** Averages of minutes, weighted with their requests, are the average of the run. */
  private String averageOf(Balancer balancer, String metric) {
    SortedMap<Instant, Double> requests =
        reading(balancer)
            .flatMap(r -> r.series(metric, "SampleCount"))
            .map(Series::points)
            .orElse(Collections.emptySortedMap());
    return series(
        balancer,
        metric,
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

  private static String most(SortedMap<Instant, Double> connections) {
    return ReportFormat.count(
        Math.round(connections.values().stream().mapToDouble(it -> it).max().orElse(0)));
  }

  private static String megabytes(SortedMap<Instant, Double> bytes) {
    return String.format(
        Locale.ROOT, "%,.1f", bytes.values().stream().mapToDouble(it -> it).sum() / 1e6);
  }

  private static String fewest(SortedMap<Instant, Double> hosts) {
    return String.format(
        Locale.ROOT,
        "%.0f",
        hosts.values().stream().mapToDouble(Double::doubleValue).min().orElse(0));
  }
}
