package dev.leadline.bench.report;

import dev.leadline.bench.lab.LabDescription;
import dev.leadline.bench.record.Sample;
import dev.leadline.bench.report.chart.PercentileChart;
import dev.leadline.bench.report.chart.RoundsChart;
import dev.leadline.bench.report.chart.ShareChart;
import dev.leadline.bench.report.chart.WaterfallChart;
import dev.leadline.bench.stats.BurstFigures;
import dev.leadline.bench.stats.CellFigures;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * The pictures of one path, as SVG.
 *
 * @param waterfalls one for each balancer that was measured, in order
 */
public record Charts(
    String path, String percentiles, String rounds, String shares, List<Waterfall> waterfalls) {
  /** More lines than a picture has pixels show nothing more, and make the file large. */
  private static final int WATERFALL_LINES = 5_000;

  /**
   * A burst as a picture.
   *
   * @param balancer index of the balancer in the lab
   */
  public record Waterfall(int balancer, String title, String svg) {}

  static List<Charts> of(Report report) {
    return report.run().lab().paths().stream()
        .map(LabDescription.MeasuredPath::path)
        .filter(path -> !Findings.comparedCellsOf(report, path).isEmpty())
        .map(path -> of(report, path))
        .toList();
  }

  private static Charts of(Report report, String path) {
    List<CellFigures> cells = Findings.comparedCellsOf(report, path);
    return new Charts(
        path,
        PercentileChart.draw(path, cells.stream().map(Charts::curve).toList()),
        RoundsChart.draw(path, cells),
        ShareChart.draw(path, shares(report, cells)),
        waterfalls(report, cells));
  }

  private static PercentileChart.Curve curve(CellFigures cell) {
    return new PercentileChart.Curve(
        cell.latencies(), cell.rounds().stream().map(BurstFigures::latencies).toList());
  }

  private static List<ShareChart.Bars> shares(Report report, List<CellFigures> cells) {
    List<ShareChart.Bars> bars = new ArrayList<>();
    for (TargetAnswers target : TargetAnswers.of(report)) {
      List<OptionalInt> answers = cells.stream().map(target::answers).toList();
      if (answers.stream().anyMatch(OptionalInt::isPresent)) {
        bars.add(
            new ShareChart.Bars(target.title(), answers.stream().map(n -> n.orElse(0)).toList()));
      }
    }
    return bars;
  }

  private static List<Waterfall> waterfalls(Report report, List<CellFigures> cells) {
    List<BurstFigures> typical = cells.stream().map(Charts::medianRound).toList();
    double maxMillis = typical.stream().mapToLong(BurstFigures::totalNanos).max().orElse(0) / 1e6;
    List<Waterfall> waterfalls = new ArrayList<>();
    for (BurstFigures burst : typical) {
      LabDescription.Balancer balancer = report.run().lab().balancer(burst.burst().balancer());
      String title = "%s, round %d".formatted(balancer.title(), burst.burst().round());
      waterfalls.add(
          new Waterfall(
              report.run().lab().balancers().indexOf(balancer),
              title,
              WaterfallChart.draw(
                  "One burst on %s through %s".formatted(burst.burst().path(), title)
                      + (burst.requests() > WATERFALL_LINES ? ", some of its requests" : ""),
                  groups(report, burst),
                  maxMillis)));
    }
    return waterfalls;
  }

  private static List<WaterfallChart.Group> groups(Report report, BurstFigures burst) {
    Map<String, List<Sample>> byTarget = new LinkedHashMap<>();
    List<TargetAnswers> rows = TargetAnswers.of(report);
    rows.forEach(row -> byTarget.put(row.id(), new ArrayList<>()));
    List<Sample> failed = new ArrayList<>();
    for (Sample sample : report.samples().spread(burst.burst(), WATERFALL_LINES)) {
      String id = sample.instanceId();
      (id == null ? failed : byTarget.computeIfAbsent(id, unknown -> new ArrayList<>()))
          .add(sample);
    }
    List<String> kinds = rows.stream().map(TargetAnswers::kind).distinct().toList();
    List<WaterfallChart.Group> groups = new ArrayList<>();
    for (TargetAnswers row : rows) {
      List<Sample> answered = byTarget.getOrDefault(row.id(), List.of());
      if (!answered.isEmpty()) {
        String shade = groups.size() % 2 == 0 ? "even" : "odd";
        groups.add(
            new WaterfallChart.Group(
                row.title(), "k%d %s".formatted(kinds.indexOf(row.kind()) % 4, shade), answered));
      }
    }
    if (!failed.isEmpty()) {
      groups.add(new WaterfallChart.Group("failed", "failed", failed));
    }
    return groups;
  }

  /** The round in the middle by total time: neither the best nor the worst is shown. */
  private static BurstFigures medianRound(CellFigures cell) {
    return cell.rounds().stream()
        .sorted(Comparator.comparingLong(BurstFigures::totalNanos))
        .toList()
        .get((cell.rounds().size() - 1) / 2);
  }
}
