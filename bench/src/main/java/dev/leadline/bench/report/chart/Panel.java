package dev.leadline.bench.report.chart;

import java.util.Locale;

/** The frame most charts share: milliseconds upwards, a grid, a caption for the axis. */
final class Panel {
  static final double WIDTH = 360;
  static final double HEIGHT = 250;
  static final double LEFT = 46;
  static final double RIGHT = WIDTH - 12;
  static final double TOP = 24;
  static final double BOTTOM = HEIGHT - 34;

  private static final double HEADROOM = 1.05;
  private static final int TICKS = 5;

  final SvgImage svg;
  final Scale millis;

  /**
   * Draws frame and grid.
   *
   * @param maxMillis the largest value to be shown
   */
  Panel(String label, double maxMillis, String xCaption) {
    svg = new SvgImage(WIDTH, HEIGHT, label);
    millis = new Scale(Math.max(maxMillis, 1e-3) * HEADROOM, BOTTOM, TOP);
    for (double tick : millis.ticks(TICKS)) {
      double y = millis.at(tick);
      svg.line(LEFT, y, RIGHT, y, tick == 0 ? "axis" : "grid");
      svg.text(LEFT - 6, y + 4, tickLabel(tick), "tick end");
    }
    svg.text(LEFT - 6, TOP - 10, "ms", "tick end");
    svg.text((LEFT + RIGHT) / 2, HEIGHT - 4, xCaption, "tick middle");
  }

  void xTick(double x, String label) {
    svg.line(x, TOP, x, BOTTOM, "grid");
    svg.text(x, BOTTOM + 15, label, "tick middle");
  }

  static String tickLabel(double value) {
    return value == Math.rint(value)
        ? String.format(Locale.ROOT, "%,.0f", value)
        : String.format(Locale.ROOT, "%s", Math.round(value * 1000) / 1000.0);
  }
}
