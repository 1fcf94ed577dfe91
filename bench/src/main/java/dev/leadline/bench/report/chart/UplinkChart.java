package dev.leadline.bench.report.chart;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

import dev.leadline.bench.stats.Figure;
import dev.leadline.bench.stats.TwoViews;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What the uplink adds to each figure of a path: a line for each balancer, from what the load
 * generator measured to what the user's machine measured.
 */
public final class UplinkChart {
  private static final double RIGHT = Panel.WIDTH - 52; // room for what is added, in figures
  private static final double TOP = 6;
  private static final double ROW = 15;
  private static final double GAP = 9;
  private static final double AXIS = 34;
  private static final double RADIUS = 3.5;
  private static final int TICKS = 4;
  private static final String DOT = "dot ";

  private UplinkChart() {}

  /**
   * One balancer's figure.
   *
   * @param balancer its index in the lab, which is its colour
   * @param added what the uplink adds, in milliseconds with a sign
   */
  public record Line(int balancer, TwoViews views, String added) {

    /** Those of each figure, in the order in which figures are shown. */
    public static Map<Figure, List<Line>> byFigure(List<Line> lines) {
      return lines.stream()
          .collect(
              groupingBy(
                  line -> line.views().figure(), () -> new EnumMap<>(Figure.class), toList()));
    }
  }

  /**
   * Draws one path.
   *
   * @param maxMillis end of the axis: the same for paths that are to be compared
   */
  public static String draw(String path, List<Line> lines, double maxMillis) {
    Map<Figure, List<Line>> figures = Line.byFigure(lines);
    double bottom = TOP + lines.size() * ROW + figures.size() * GAP;
    SvgImage svg = new SvgImage(Panel.WIDTH, bottom + AXIS, "What the uplink adds on " + path);
    Scale x = new Scale(Math.max(maxMillis, 1e-3) * 1.02, Panel.LEFT, RIGHT);
    for (double tick : x.ticks(TICKS)) {
      svg.line(x.at(tick), TOP, x.at(tick), bottom, tick == 0 ? "axis" : "grid");
      svg.text(x.at(tick), bottom + 15, Panel.tickLabel(tick), "tick middle");
    }
    svg.text((Panel.LEFT + RIGHT) / 2, bottom + AXIS - 4, "ms", "tick middle");
    double y = TOP + GAP / 2;
    for (Map.Entry<Figure, List<Line>> figure : figures.entrySet()) {
      double middle = y + figure.getValue().size() * ROW / 2;
      svg.text(Panel.LEFT - 6, middle + 4, figure.getKey().label(), "tick end");
      for (Line line : figure.getValue()) {
        line(svg, x, y + ROW / 2, line);
        y += ROW;
      }
      y += GAP;
    }
    return svg.end();
  }

  private static void line(SvgImage svg, Scale x, double y, Line line) {
    double near = x.at(line.views().nearNanos() / 1e6);
    double far = x.at(line.views().farNanos() / 1e6);
    String colour = " s" + line.balancer();
    svg.line(near, y, far, y, "curve" + colour);
    svg.circle(near, y, RADIUS, DOT + "filled" + colour);
    svg.circle(far, y, RADIUS, DOT + "hollow" + colour);
    svg.text(Math.max(near, far) + 7, y + 3.5, line.added(), "tick small");
  }
}
