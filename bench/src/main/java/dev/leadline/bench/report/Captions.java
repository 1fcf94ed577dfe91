package dev.leadline.bench.report;

import static java.util.stream.Collectors.joining;

import dev.leadline.bench.record.Sample;
import dev.leadline.bench.report.chart.ShareChart;
import dev.leadline.bench.report.chart.TimeSlots;
import dev.leadline.bench.report.chart.WaterfallChart;
import dev.leadline.bench.stats.CellFigures;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.IntStream;

/** What is to be seen in each picture, in figures: for those who look, and those who cannot. */
final class Captions {
  private Captions() {}

  static String percentiles(Report report, List<CellFigures> cells) {
    return each(
        report,
        cells,
        cell ->
            "p50 %s ms, p99 %s ms."
                .formatted(
                    ReportFormat.millis(cell.latency().p50Nanos()),
                    ReportFormat.millis(cell.latency().p99Nanos())));
  }

  static String rounds(Report report, List<CellFigures> cells) {
    return each(report, cells, cell -> "p99 %s ms.".formatted(ReportFormat.range(cell.p99Nanos())));
  }

  private static String each(
      Report report, List<CellFigures> cells, Function<CellFigures, String> figures) {
    return cells.stream()
        .map(cell -> report.title(cell.cell().balancer()) + ": " + figures.apply(cell))
        .collect(joining(" "));
  }

  static String shares(Report report, List<CellFigures> cells, List<ShareChart.Bars> bars) {
    return bars.size() < 2
        ? ""
        : IntStream.range(0, cells.size())
            .mapToObj(
                i -> {
                  LongSummaryStatistics answers =
                      bars.stream().mapToLong(bar -> bar.answers().get(i)).summaryStatistics();
                  return "%s: %s to %s answers of one target."
                      .formatted(
                          report.title(cells.get(i).cell().balancer()),
                          ReportFormat.count(answers.getMin()),
                          ReportFormat.count(answers.getMax()));
                })
            .collect(joining(" "));
  }

  static String waterfall(List<WaterfallChart.Group> groups) {
    LongSummaryStatistics ends =
        groups.stream()
            .mapToLong(
                group -> group.samples().stream().mapToLong(Sample::endNanos).max().orElse(0))
            .summaryStatistics();
    // Without names of targets there is one group, which says nothing of how the work was shared.
    return groups.size() < 2
        ? ""
        : "The first target was done after %s ms, the last after %s ms."
            .formatted(ReportFormat.millis(ends.getMin()), ReportFormat.millis(ends.getMax()));
  }

  static String time(List<TimeSlots> balancers) {
    return balancers.stream()
        .map(
            balancer -> {
              LongSummaryStatistics p99 =
                  balancer.slots().stream()
                      .filter(Objects::nonNull)
                      .mapToLong(TimeSlots.Slot::p99Nanos)
                      .summaryStatistics();
              return "%s: p99 of %s s between %s and %s ms."
                  .formatted(
                      balancer.name(),
                      ReportFormat.rate(balancer.slotSeconds()),
                      ReportFormat.millis(p99.getMin()),
                      ReportFormat.millis(p99.getMax()));
            })
        .collect(joining(" "));
  }
}
