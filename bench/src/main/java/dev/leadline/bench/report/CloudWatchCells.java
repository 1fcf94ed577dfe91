package dev.leadline.bench.report;

import dev.leadline.bench.cloudwatch.CloudWatchReading.BalancerReading;
import dev.leadline.bench.cloudwatch.CloudWatchReading.Series;
import dev.leadline.bench.cloudwatch.Metrics;
import dev.leadline.bench.cloudwatch.MinuteClock;
import dev.leadline.bench.plan.Cell;
import dev.leadline.bench.plan.Pace;
import dev.leadline.bench.stats.BurstFigures;
import dev.leadline.bench.stats.CellFigures;
import dev.leadline.bench.stats.Spread;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What CloudWatch says of each cell. Only where every measured burst had a clock minute of its own:
 * otherwise a minute's figures are of several cells. Empty then.
 */
public record CloudWatchCells(List<Row> rows) {

  /**
   * One cell; percentiles are those of single minutes, as a range over the rounds.
   *
   * @param sent requests of its measured bursts
   * @param requestCount what CloudWatch counted in their minutes
   */
  public record Row(Cell cell, long sent, long requestCount, String p50, String p99) {}

  static CloudWatchCells of(Report report) {
    if (report.run().settings().pace() != Pace.MINUTE) {
      return new CloudWatchCells(List.of());
    }
    List<Row> rows = new ArrayList<>();
    for (CellFigures cell : report.figures().cells()) {
      report.cloudWatch().balancers().stream()
          .filter(reading -> reading.balancer().equals(cell.cell().balancer()))
          .findFirst()
          .ifPresent(reading -> rows.add(row(cell, reading)));
    }
    return new CloudWatchCells(rows);
  }

  private static Row row(CellFigures cell, BalancerReading reading) {
    List<Instant> minutes =
        cell.rounds().stream()
            .map(BurstFigures::burst)
            .map(burst -> MinuteClock.of(burst.startedAt()))
            .toList();
    return new Row(
        cell.cell(),
        cell.requests(),
        Math.round(
            points(reading, Metrics.REQUEST_COUNT, "Sum", minutes).stream()
                .mapToDouble(Double::doubleValue)
                .sum()),
        range(points(reading, Metrics.RESPONSE_TIME, "p50", minutes)),
        range(points(reading, Metrics.RESPONSE_TIME, "p99", minutes)));
  }

  private static List<Double> points(
      BalancerReading reading, String metric, String statistic, List<Instant> minutes) {
    Optional<Series> series = reading.series(metric, statistic);
    return minutes.stream()
        .flatMap(minute -> series.map(s -> s.points().get(minute)).stream())
        .toList();
  }

  private static String range(List<Double> seconds) {
    return seconds.isEmpty()
        ? "no data"
        : ReportFormat.range(
                Spread.of(seconds.stream().mapToLong(s -> Math.round(s * 1e9)).toArray()))
            + " ms";
  }
}
