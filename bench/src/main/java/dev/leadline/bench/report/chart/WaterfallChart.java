package dev.leadline.bench.report.chart;

import dev.leadline.bench.record.Sample;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** One burst: a line for each request from its start to its end, grouped by who answered. */
public final class WaterfallChart {
  private static final double WIDTH = 540;
  private static final double LEFT = 96;
  private static final double RIGHT = WIDTH - 14;
  private static final double TOP = 22;
  private static final double ROWS_HEIGHT = 240;
  private static final double GROUP_GAP = 3;
  private static final int TICKS = 6;

  private WaterfallChart() {}

  /**
   * The requests one target answered, or those that failed.
   *
   * @param style class of their lines
   */
  public record Group(String label, String style, List<Sample> samples) {
    public Group {
      samples = samples.stream().sorted(Comparator.comparingLong(Sample::endNanos)).toList();
    }
  }

  /**
   * Draws a burst.
   *
   * @param maxMillis end of the time axis: the same for bursts that are to be compared
   */
  public static String draw(String label, List<Group> groups, double maxMillis) {
    double bottom = TOP + ROWS_HEIGHT + GROUP_GAP * groups.size();
    SvgImage svg = new SvgImage(WIDTH, bottom + 34, label);
    Scale x = new Scale(Math.max(maxMillis, 1e-3) * 1.02, LEFT, RIGHT);
    for (double tick : x.ticks(TICKS)) {
      svg.line(x.at(tick), TOP, x.at(tick), bottom, tick == 0 ? "axis" : "grid");
      svg.text(x.at(tick), bottom + 15, Panel.tickLabel(tick), "tick middle");
    }
    svg.text((LEFT + RIGHT) / 2, bottom + 30, "ms since the burst began", "tick middle");
    int requests = groups.stream().mapToInt(group -> group.samples().size()).sum();
    double row = ROWS_HEIGHT / Math.max(requests, 1);
    double y = TOP;
    for (Group group : groups) {
      double height = row * group.samples().size();
      StringBuilder lines = new StringBuilder();
      for (int i = 0; i < group.samples().size(); i++) {
        Sample sample = group.samples().get(i);
        double start = x.at(sample.startNanos() / 1e6);
        double end = Math.max(x.at(sample.endNanos() / 1e6), start + 0.1);
        lines
            .append('M')
            .append(SvgImage.number(start))
            .append(' ')
            .append(String.format(Locale.ROOT, "%.2f", y + (i + 0.5) * row))
            .append('h')
            .append(SvgImage.number(end - start));
      }
      // A little wider than a row, or light shines through between them.
      svg.path(lines, "request " + group.style(), row * 1.15);
      svg.text(LEFT - 8, y + height / 2 + 4, group.label(), "tick end");
      y += height + GROUP_GAP;
    }
    long last =
        groups.stream()
            .flatMap(group -> group.samples().stream())
            .mapToLong(Sample::endNanos)
            .max()
            .orElse(0);
    svg.line(x.at(last / 1e6), TOP - 4, x.at(last / 1e6), bottom, "mark");
    svg.text(
        x.at(last / 1e6),
        TOP - 8,
        "all ended after " + Panel.tickLabel(Math.rint(last / 1e6)) + " ms",
        "label end");
    return svg.end();
  }
}
