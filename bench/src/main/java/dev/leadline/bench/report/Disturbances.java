package dev.leadline.bench.report;

import static java.util.stream.Collectors.joining;

import dev.leadline.bench.lab.LabDescription.Balancer;
import dev.leadline.bench.report.chart.DisturbanceChart;
import dev.leadline.bench.report.table.Cell;
import dev.leadline.bench.report.table.Table;
import dev.leadline.bench.report.table.Table.Column;
import dev.leadline.bench.report.table.Table.Medium;
import dev.leadline.bench.report.table.Table.Row;
import dev.leadline.bench.stats.DisturbanceFigures;
import dev.leadline.bench.stats.DisturbanceFigures.Round;
import dev.leadline.bench.stats.Spread;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** How each balancer met the disturbances of a run: figures, and a picture for each of them. */
public final class Disturbances {
  private static final double MILLIS_PER_SECOND = 1e3;

  private Disturbances() {}

  /** One disturbance on one path: all balancers below each other. */
  public record Picture(String path, String title, String svg) {}

  static Table table(Report report) {
    List<Row> rows = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    for (DisturbanceFigures it : ordered(report)) {
      problems.addAll(
          it.problems().stream()
              .map(why -> "%s, target %d, %s".formatted(it.cell(), it.number(), why))
              .toList());
      if (!it.rounds().isEmpty()) {
        rows.add(row(report, it));
      }
    }
    List<String> notes = new ArrayList<>();
    if (!rows.isEmpty()) {
      notes.add(
          "The median of the rounds, and their range. Times are exact to a tenth of a second. A target has been left from the"
              + " moment on from which, for a second, it answers less than a tenth of its former share and hardly a"
              + " request fails; it is used again when it answers half of that share and no request fails.");
      notes.add(
          "By when a request should have been sent: one that waits in a frozen target counts for the moment at which it went"
              + " there. A request that failed counts as one that went to the disturbed target.");
    }
    if (!problems.isEmpty()) {
      notes.add("Not disturbed as planned: " + String.join("; ", problems) + ".");
    }
    return new Table(
        "How each balancer met the disturbance",
        notes,
        List.of(
            Column.left("Path"),
            Column.left("Target").from(Medium.PAPER),
            Column.left("Balancer"),
            Column.right("left after"),
            Column.right("failed"),
            Column.right(Cell.of("p99").withDetail("before")).from(Medium.PAPER),
            Column.right(Cell.of("p99").withDetail("meanwhile")),
            Column.right("used again after")),
        rows);
  }

  private static Row row(Report report, DisturbanceFigures it) {
    return Row.of(
        Cell.code(it.cell().path()),
        Cell.of(what(it)),
        report.balancerCell(it.cell().balancer()),
        Cell.of(seconds(it, Round::leftAfterMillis, "not at all")),
        Cell.of(count(it)),
        Cell.of(millis(it, Round::p99BeforeNanos)),
        Cell.of(millis(it, Round::p99DuringNanos)),
        Cell.of(seconds(it, Round::backAfterMillis, "not seen")));
  }

  private static String what(DisturbanceFigures it) {
    return String.format(
        Locale.ROOT,
        "%d: %s for %s s",
        it.number(),
        it.what(),
        plain(it.lengthMillis() / MILLIS_PER_SECOND));
  }

  private static String plain(double value) {
    return value == Math.rint(value)
        ? String.format(Locale.ROOT, "%.0f", value)
        : String.format(Locale.ROOT, "%.1f", value);
  }

  private static String count(DisturbanceFigures it) {
    Spread failed = Spread.of(it.rounds().stream().mapToLong(Round::failed).toArray());
    String median = ReportFormat.count(failed.median());
    return failed.min() == failed.max()
        ? median
        : "%s (%s to %s)"
            .formatted(median, ReportFormat.count(failed.min()), ReportFormat.count(failed.max()));
  }

  private static String millis(DisturbanceFigures it, ToLongFunction<Round> nanos) {
    Spread spread = Spread.of(it.rounds().stream().mapToLong(nanos).toArray());
    return ReportFormat.millis(spread.median()) + " ms";
  }

  /** The median with its range; rounds without such a moment come last. */
  private static String seconds(
      DisturbanceFigures it, Function<Round, @Nullable Long> millis, String never) {
    List<@Nullable Long> sorted = sorted(it, millis);
    String median = moment(sorted.get((sorted.size() - 1) / 2), never);
    String least = moment(sorted.get(0), never);
    String most = moment(sorted.get(sorted.size() - 1), never);
    return least.equals(most) ? median : "%s (%s to %s)".formatted(median, least, most);
  }

  private static List<@Nullable Long> sorted(
      DisturbanceFigures it, Function<Round, @Nullable Long> millis) {
    List<@Nullable Long> sorted = new ArrayList<>();
    it.rounds().forEach(round -> sorted.add(millis.apply(round)));
    sorted.sort(Comparator.nullsLast(Comparator.naturalOrder()));
    return sorted;
  }

  private static String moment(@Nullable Long millis, String never) {
    return millis == null
        ? never
        : millis == 0
            ? "< 0.1 s"
            : String.format(Locale.ROOT, "%.1f s", millis / MILLIS_PER_SECOND);
  }

  /** Median in seconds; negative if most rounds have no such moment. */
  private static double median(DisturbanceFigures it, Function<Round, @Nullable Long> millis) {
    List<@Nullable Long> sorted = sorted(it, millis);
    Long median = sorted.get((sorted.size() - 1) / 2);
    return median == null ? -1 : median / MILLIS_PER_SECOND;
  }

  static List<Picture> pictures(Report report) {
    Map<String, List<DisturbanceFigures>> together = new LinkedHashMap<>();
    for (DisturbanceFigures it : ordered(report)) {
      if (!it.rounds().isEmpty()) {
        String key = it.cell().path() + " " + it.number() + " " + it.fromMillis();
        together.computeIfAbsent(key, any -> new ArrayList<>()).add(it);
      }
    }
    return together.values().stream().map(all -> picture(report, all)).toList();
  }

  private static Picture picture(Report report, List<DisturbanceFigures> all) {
    DisturbanceFigures first = all.get(0);
    String title = "Target %s, on %s".formatted(what(first), first.cell().path());
    List<DisturbanceChart.Strip> strips =
        all.stream()
            .map(
                it -> {
                  Balancer balancer = report.run().lab().balancer(it.cell().balancer());
                  return new DisturbanceChart.Strip(
                      report.run().lab().balancers().indexOf(balancer),
                      sentence(balancer, it),
                      it.timeline(),
                      median(it, Round::leftAfterMillis),
                      median(it, Round::backAfterMillis));
                })
            .toList();
    return new Picture(
        first.cell().path(),
        title,
        DisturbanceChart.draw(
            title
                + strips.stream()
                    .map(DisturbanceChart.Strip::title)
                    .collect(joining(". ", ". ", ".")),
            strips,
            first.lengthMillis() / MILLIS_PER_SECOND));
  }

  private static String sentence(Balancer balancer, DisturbanceFigures it) {
    return "%s: %s, %s failed, %s"
        .formatted(
            balancer.title(),
            median(it, Round::leftAfterMillis) < 0
                ? "did not leave it"
                : "left it after " + seconds(it, Round::leftAfterMillis, "not at all"),
            count(it),
            median(it, Round::backAfterMillis) < 0
                ? "was not seen to use it again"
                : "used it again after " + seconds(it, Round::backAfterMillis, "not seen"));
  }

  /** Path by path and target by target, the balancers in the order of the lab. */
  private static List<DisturbanceFigures> ordered(Report report) {
    List<String> paths = report.run().lab().paths().stream().map(path -> path.path()).toList();
    List<String> balancers = report.run().lab().balancers().stream().map(Balancer::name).toList();
    return report.disturbances().stream()
        .sorted(
            Comparator.comparingInt((DisturbanceFigures it) -> paths.indexOf(it.cell().path()))
                .thenComparing(DisturbanceFigures::fromMillis)
                .thenComparing(DisturbanceFigures::number)
                .thenComparing(it -> balancers.indexOf(it.cell().balancer())))
        .toList();
  }
}
