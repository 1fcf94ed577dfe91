package dev.leadline.bench.report;

import dev.leadline.bench.cloudwatch.CloudWatchReading.BalancerReading;
import dev.leadline.bench.cloudwatch.CloudWatchReading.Series;
import dev.leadline.bench.cloudwatch.Metrics;
import dev.leadline.bench.lab.LabDescription;
import dev.leadline.bench.record.Sample;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;

/** The client's count, CloudWatch's and the targets', side by side; and what else it says. */
public record CloudWatchTable(List<Row> rows) {
  private static final String NO_DATA = "no data";

  /**
   * One balancer over the whole run, warm-up included.
   *
   * @param requestCount what CloudWatch counted; empty when it was not read
   * @param byTargets answers that name an instance
   * @param responseTime the metric TargetResponseTime: average, p50, p90, p99, with their unit
   * @param healthyHosts fewest at any minute
   */
  public record Row(
      LabDescription.Balancer balancer,
      long sent,
      Optional<Long> requestCount,
      long byTargets,
      long failed,
      boolean agrees,
      List<Counter> counters,
      List<String> responseTime,
      String healthyHosts) {}

  /** A counter by its metric's name. */
  public record Counter(String metric, long sum) {}

  static CloudWatchTable of(Report report) {
    List<Row> rows = new ArrayList<>();
    for (LabDescription.Balancer balancer : report.run().lab().balancers()) {
      List<Sample> samples =
          report.samples().stream()
              .filter(sample -> sample.balancer().equals(balancer.name()))
              .toList();
      Optional<BalancerReading> reading =
          report.cloudWatch().balancers().stream()
              .filter(r -> r.balancer().equals(balancer.name()))
              .findFirst();
      rows.add(
          new Row(
              balancer,
              samples.stream().filter(Sample::sent).count(),
              reading.map(BalancerReading::requestCount),
              samples.stream().filter(sample -> sample.instanceId() != null).count(),
              samples.stream().filter(Sample::failed).count(),
              reading.map(BalancerReading::agrees).orElse(false),
              reading.map(CloudWatchTable::counters).orElse(List.of()),
              List.of(
                  responseTimeAverage(reading),
                  responseTime(reading, "p50"),
                  responseTime(reading, "p90"),
                  responseTime(reading, "p99")),
              healthyHosts(reading)));
    }
    return new CloudWatchTable(rows);
  }

  private static List<Counter> counters(BalancerReading reading) {
    return Metrics.COUNTERS.stream()
        .map(metric -> new Counter(metric, reading.sum(metric)))
        .toList();
  }

  /** Averages of minutes, weighted with their requests, are the average of the run. */
  private static String responseTimeAverage(Optional<BalancerReading> reading) {
    Optional<Series> average = reading.flatMap(r -> r.series(Metrics.RESPONSE_TIME, "Average"));
    Optional<Series> count = reading.flatMap(r -> r.series(Metrics.RESPONSE_TIME, "SampleCount"));
    if (average.isEmpty()) {
      return NO_DATA;
    }
    SortedMap<Instant, Double> points = average.get().points();
    if (count.isEmpty() || !count.get().points().keySet().containsAll(points.keySet())) {
      return overMinutes(points);
    }
    double weighted = 0;
    double weight = 0;
    for (var point : points.entrySet()) {
      double n = count.get().points().getOrDefault(point.getKey(), 0.0);
      weighted += point.getValue() * n;
      weight += n;
    }
    return weight == 0 ? NO_DATA : ReportFormat.millis(weighted / weight * 1e9) + " ms";
  }

  private static String responseTime(Optional<BalancerReading> reading, String statistic) {
    return reading
        .flatMap(r -> r.series(Metrics.RESPONSE_TIME, statistic))
        .map(series -> overMinutes(series.points()))
        .orElse(NO_DATA);
  }

  /** Percentiles of minutes cannot be averaged: their range is what can be said. */
  private static String overMinutes(SortedMap<Instant, Double> seconds) {
    double min = seconds.values().stream().mapToDouble(Double::doubleValue).min().orElse(0);
    double max = seconds.values().stream().mapToDouble(Double::doubleValue).max().orElse(0);
    String low = ReportFormat.millis(min * 1e9);
    String high = ReportFormat.millis(max * 1e9);
    return (low.equals(high) ? low : low + " to " + high) + " ms";
  }

  private static String healthyHosts(Optional<BalancerReading> reading) {
    return reading
        .flatMap(r -> r.series(Metrics.HEALTHY_HOSTS, "Minimum"))
        .map(
            series ->
                String.format(
                    Locale.ROOT,
                    "%.0f",
                    series.points().values().stream()
                        .mapToDouble(Double::doubleValue)
                        .min()
                        .orElse(0)))
        .orElse(NO_DATA);
  }
}
