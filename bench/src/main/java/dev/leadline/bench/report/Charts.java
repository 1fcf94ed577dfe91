package dev.leadline.bench.report;

import dev.leadline.bench.lab.LabDescription;
import dev.leadline.bench.record.Sample;
import dev.leadline.bench.report.chart.CurveData;
import dev.leadline.bench.report.chart.PercentileChart;
import dev.leadline.bench.report.chart.RoundsChart;
import dev.leadline.bench.report.chart.ShareChart;
import dev.leadline.bench.report.chart.TimeChart;
import dev.leadline.bench.report.chart.TimeSlots;
import dev.leadline.bench.report.chart.WaterfallChart;
import dev.leadline.bench.stats.BurstFigures;
import dev.leadline.bench.stats.CellFigures;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The pictures of one path.
 *
 * @param time latency over time; null where every request of a burst is due at once
 * @param waterfalls one for each balancer that was measured, in order; none beside {@code time},
 *     which shows the same course
 * @param shift which targets answered while their CPUs were busy; null where the bursts are too
 *     short to say so
 */
public record Charts(
    String path,
    Curves percentiles,
    @Nullable Curves time,
    Picture rounds,
    Picture shares,
    List<Waterfall> waterfalls,
    @Nullable Picture shift) {

  /** A burst that goes on for so long has a course that is worth looking at. */
  private static final double LEAST_SECONDS = 2;

  /** More lines than a picture has pixels show nothing more, and make the file large. */
  private static final int WATERFALL_LINES = 5_000;

  /**
   * A picture.
   *
   * @param caption what is to be seen in it, in sentences; may be empty
   */
  public record Picture(String svg, String caption) {}

  /**
   * A picture that can be looked into.
   *
   * @param data what the script draws where scripts run, in the place of the picture
   */
  public record Curves(Picture picture, CurveData data) {}

  /**
   * A burst as a picture.
   *
   * @param balancer index of the balancer in the lab
   */
  public record Waterfall(int balancer, String title, Picture picture) {}

  static List<Charts> of(Report report) {
    return report.run().lab().paths().stream()
        .map(LabDescription.MeasuredPath::path)
        .filter(path -> !Findings.comparedCellsOf(report, path).isEmpty())
        .map(path -> of(report, path))
        .toList();
  }

  private static Charts of(Report report, String path) {
    List<CellFigures> cells = Findings.comparedCellsOf(report, path);
    List<Integer> balancers =
        cells.stream().map(cell -> report.colour(cell.cell().balancer())).toList();
    List<PercentileChart.Curve> curves = cells.stream().map(cell -> curve(report, cell)).toList();
    List<RoundsChart.Line> lines =
        cells.stream()
            .map(cell -> new RoundsChart.Line(report.colour(cell.cell().balancer()), cell.rounds()))
            .toList();
    List<ShareChart.Bars> shares = shares(report, cells);
    Curves time = time(report, path, cells);
    return new Charts(
        path,
        new Curves(
            new Picture(PercentileChart.draw(path, curves), Captions.percentiles(report, cells)),
            CurveData.percentiles(
                path,
                cells.stream().map(cell -> report.title(cell.cell().balancer())).toList(),
                curves)),
        time,
        new Picture(RoundsChart.draw(path, lines), Captions.rounds(report, cells)),
        new Picture(
            shares.isEmpty() ? "" : ShareChart.draw(path, balancers, shares),
            Captions.shares(report, cells, shares)),
        time == null ? waterfalls(report, cells) : List.of(),
        Shift.picture(report, path, cells.stream().map(Charts::medianRound).toList()));
  }

  private static PercentileChart.Curve curve(Report report, CellFigures cell) {
    return new PercentileChart.Curve(
        report.colour(cell.cell().balancer()),
        cell.latencies(),
        cell.rounds().stream().map(BurstFigures::latencies).toList());
  }

  private static @Nullable Curves time(Report report, String path, List<CellFigures> cells) {
    List<BurstFigures> bursts = cells.stream().map(Charts::medianRound).toList();
    double seconds = bursts.stream().mapToLong(BurstFigures::sendingNanos).max().orElse(0) / 1e9;
    if (seconds < LEAST_SECONDS) {
      return null;
    }
    List<TimeSlots> slots = new ArrayList<>();
    for (BurstFigures burst : bursts) {
      TimeSlots.Collector collector =
          new TimeSlots.Collector(
              TimeSlots.seconds(seconds), report.run().settings().timeoutMillis() * 1_000_000);
      report.samples().forEach(burst.burst(), collector);
      String balancer = burst.burst().balancer();
      slots.add(collector.slots(report.colour(balancer), report.title(balancer)));
    }
    return new Curves(
        new Picture(TimeChart.draw(path, slots), Captions.time(slots)),
        CurveData.time(path, slots));
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
      List<WaterfallChart.Group> groups = groups(report, burst);
      String svg =
          WaterfallChart.draw(
              "One burst on %s through %s".formatted(burst.burst().path(), title)
                  + (burst.requests() > WATERFALL_LINES ? ", some of its requests" : ""),
              groups,
              maxMillis);
      waterfalls.add(
          new Waterfall(
              report.colour(balancer.name()), title, new Picture(svg, Captions.waterfall(groups))));
    }
    return waterfalls;
  }

  private static List<WaterfallChart.Group> groups(Report report, BurstFigures burst) {
    Map<String, List<Sample>> byTarget = new LinkedHashMap<>();
    List<TargetAnswers> rows = TargetAnswers.of(report);
    rows.forEach(row -> byTarget.put(row.id(), new ArrayList<>()));
    List<Sample> failed = new ArrayList<>();
    List<Sample> unnamed = new ArrayList<>();
    for (Sample sample : report.samples().spread(burst.burst(), WATERFALL_LINES)) {
      String id = sample.instanceId();
      if (sample.failed()) {
        failed.add(sample);
      } else if (id == null) {
        unnamed.add(sample);
      } else {
        byTarget.computeIfAbsent(id, unknown -> new ArrayList<>()).add(sample);
      }
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
    if (!unnamed.isEmpty()) {
      groups.add(new WaterfallChart.Group("answered", "k0 even", unnamed));
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
