package dev.leadline.bench.report;

import static java.util.stream.Collectors.joining;

import dev.leadline.bench.lab.LabDescription;
import dev.leadline.bench.report.chart.UplinkChart;
import dev.leadline.bench.report.chart.UplinkChart.Line;
import dev.leadline.bench.report.table.Cell;
import dev.leadline.bench.report.table.Cell.Style;
import dev.leadline.bench.report.table.Table;
import dev.leadline.bench.report.table.Table.Column;
import dev.leadline.bench.report.table.Table.Row;
import dev.leadline.bench.stats.TwoViews;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the uplink adds: the view of the lab's load generator and that of the user's machine, side
 * by side.
 */
public final class Uplink {
  /** How the pictures are read. */
  public static final String HOW_TO_READ =
      "Each line leads from what the load generator in the lab measured (filled dot) to what the"
          + " user's machine measured (hollow dot), so its length is what the uplink adds.";

  private Uplink() {}

  /** One path: all balancers and figures in one picture. */
  public record Picture(String path, Charts.Picture picture) {}

  static Table table(Report report) {
    List<Row> rows = new ArrayList<>();
    for (TwoViews it : report.uplink()) {
      rows.add(
          Row.of(
              Cell.code(it.cell().path()),
              report.balancerCell(it.cell().balancer()).withDetail(""),
              Cell.of(it.figure().label()),
              Cell.of(ReportFormat.millis(it.nearNanos())),
              Cell.of(ReportFormat.millis(it.farNanos())),
              Cell.of(added(it)).as(it.addedNanos() > 0 ? Style.PLAIN : Style.FAINT)));
    }
    return new Table(
        "The same requests from the user's machine, in ms",
        rows.isEmpty() ? List.of() : notes(report),
        List.of(
            Column.left("Path"),
            Column.left("Balancer"),
            Column.left("Figure"),
            Column.right("load generator"),
            Column.right("user's machine"),
            Column.right("uplink adds")),
        rows);
  }

  private static List<String> notes(Report report) {
    String said =
        "Everything was measured twice: from the user's machine, and then by the load generator in"
            + " the lab, whose figures the rest of this report has. What the user's machine measured"
            + " more is what the uplink adds, give or take what differs by chance between two runs.";
    return report.run().lab().profile().equals(LabDescription.LOCAL)
        ? List.of(
            said
                + " In a local lab both are this machine: there is no uplink, and every difference is"
                + " chance.")
        : List.of(said);
  }

  /** One for each path, all with the same axis. */
  public static List<Picture> pictures(Report report) {
    double maxMillis = maxMillis(report);
    List<Picture> pictures = new ArrayList<>();
    lines(report)
        .forEach(
            (path, lines) ->
                pictures.add(
                    new Picture(
                        path,
                        new Charts.Picture(
                            UplinkChart.draw(path, lines, maxMillis), caption(report, lines)))));
    return pictures;
  }

  /** The end of the pictures' axis. */
  static double maxMillis(Report report) {
    return report.uplink().stream()
            .mapToLong(it -> Math.max(it.nearNanos(), it.farNanos()))
            .max()
            .orElse(0)
        / 1e6;
  }

  /** The lines of each path's picture. */
  static Map<String, List<Line>> lines(Report report) {
    Map<String, List<Line>> lines = new LinkedHashMap<>();
    for (TwoViews it : report.uplink()) {
      lines
          .computeIfAbsent(it.cell().path(), path -> new ArrayList<>())
          .add(new Line(report.colour(it.cell().balancer()), it, added(it)));
    }
    return lines;
  }

  /** {@code Leadline: p50 +80.2 ms, p99 +149 ms, total +1,100 ms.} */
  private static String caption(Report report, List<Line> lines) {
    Map<String, List<String>> ofBalancers = new LinkedHashMap<>();
    for (Line line : lines) {
      ofBalancers
          .computeIfAbsent(line.views().cell().balancer(), name -> new ArrayList<>())
          .add("%s %s ms".formatted(line.views().figure().label(), line.added()));
    }
    return ofBalancers.entrySet().stream()
        .map(it -> report.title(it.getKey()) + ": " + String.join(", ", it.getValue()) + ".")
        .collect(joining(" "));
  }

  /** In milliseconds, with a sign. */
  private static String added(TwoViews views) {
    long nanos = views.addedNanos();
    return (nanos < 0 ? "-" : "+") + ReportFormat.millis(Math.abs(nanos));
  }
}
