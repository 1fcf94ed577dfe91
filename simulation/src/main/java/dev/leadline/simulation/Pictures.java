package dev.leadline.simulation;

import dev.leadline.simulation.engine.Figures;
import dev.leadline.simulation.engine.Series;
import java.util.List;
import java.util.Locale;

/** The document's pictures, as SVG that is readable on light and on dark ground. */
final class Pictures {

  private static final int WIDTH = 900;
  private static final int ROW = 18;
  private static final int LABELS = 470;
  private static final String STYLE =
      """
      <style>
        text { font: 12px system-ui, sans-serif; fill: #444 }
        .faint { fill: #777 }
        line { stroke: #bbb }
        .one { stroke: #666 }
        .better { fill: #2a7f62 }
        .worse { fill: #c0392b }
        .rival { fill: none; stroke: #e08e0b; stroke-width: 2 }
        path { fill: none; stroke-width: 1.6 }
        @media (prefers-color-scheme: dark) { text { fill: #ccc } .faint { fill: #999 } line { stroke: #555 } }
      </style>
      """;

  private Pictures() {}

  /**
   * A scenario.
   *
   * @param againstBest p99 over that of the best other policy
   * @param againstRival over that of least_outstanding_requests
   */
  record Bar(String name, double againstBest, double againstRival) {}

  /** Bars from 1 to the ratio against the best other policy, and a ring for the rival. */
  static String ratios(List<Bar> bars) {
    int height = bars.size() * ROW + 60;
    StringBuilder svg = open(height);
    svg.append(text(LABELS, 16, "start", "", "leadline's p99 over that of"));
    svg.append("<rect x=\"640\" y=\"8\" width=\"12\" height=\"10\" class=\"better\"/>\n");
    svg.append(text(656, 17, "start", "", "the best other policy"));
    svg.append("<circle cx=\"790\" cy=\"13\" r=\"4\" class=\"rival\"/>\n");
    svg.append(text(798, 17, "start", "", "least outst. req."));
    for (double tick : new double[] {0, .25, .5, .75, 1, 1.25}) {
      double x = x(tick);
      svg.append(line(x, 26, x, height - 26, tick == 1 ? "one" : ""));
      svg.append(text(x, height - 10, "middle", "faint", number(tick)));
    }
    for (int i = 0; i < bars.size(); i++) {
      Bar bar = bars.get(i);
      double y = 30 + i * ROW;
      svg.append(text(LABELS - 8, y + 12, "end", "", bar.name()));
      double from = Math.min(x(1), x(bar.againstBest()));
      double to = Math.max(x(1), x(bar.againstBest()));
      svg.append(
          String.format(
              Locale.ROOT,
              "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" class=\"%s\"/>%n",
              from,
              y + 3,
              Math.max(1, to - from),
              ROW - 7,
              bar.againstBest() > 1 ? "worse" : "better"));
      svg.append(
          String.format(
              Locale.ROOT,
              "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" class=\"rival\"/>%n",
              x(bar.againstRival()),
              y + ROW / 2.0));
    }
    return svg.append("</svg>\n").toString();
  }

  /** The watched server's share over time, of the first seed, for some policies. */
  static String shares(Results results, String scenario) {
    List<String> names =
        List.of("leadline", "least_outstanding_requests", "peak_ewma", "round_robin");
    List<String> colours = List.of("#2a7f62", "#e08e0b", "#7d5ba6", "#999999");
    int height = 300;
    StringBuilder svg = open(height);
    svg.append(text(50, 16, "start", "", "share of the server in " + scenario + ", by second"));
    for (int percent = 0; percent <= 20; percent += 5) {
      double y = 260 - percent * 11;
      svg.append(line(50, y, 880, y, ""));
      svg.append(text(44, y + 4, "end", "faint", percent + "%"));
    }
    for (int who = 0; who < names.size(); who++) {
      Series shares = results.of(scenario, names.get(who)).get(0).watchedShares();
      int perSecond = (int) Math.round(1 / Figures.BIN_SECONDS);
      StringBuilder path = new StringBuilder();
      int seconds = shares.size() / perSecond;
      for (int second = 0; second < seconds; second++) {
        double share = shares.mean(second * perSecond, (second + 1) * perSecond);
        path.append(
            String.format(
                Locale.ROOT,
                "%s%.1f %.1f",
                second == 0 ? "M" : " L",
                50 + 830.0 * second / (seconds - 1),
                260 - Math.min(.21, share) * 1100));
      }
      svg.append("<path d=\"").append(path).append("\" stroke=\"");
      svg.append(colours.get(who)).append("\"/>\n");
      svg.append(line(60 + who * 200, 284, 80 + who * 200, 284, "", colours.get(who)));
      svg.append(text(86 + who * 200, 288, "start", "", names.get(who)));
    }
    return svg.append("</svg>\n").toString();
  }

  private static double x(double ratio) {
    return LABELS + Math.min(1.35, ratio) * 300;
  }

  private static StringBuilder open(int height) {
    return new StringBuilder()
        .append("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 ")
        .append(WIDTH)
        .append(" ")
        .append(height)
        .append("\">\n")
        .append(STYLE);
  }

  private static String line(double x1, double y1, double x2, double y2, String kind) {
    return line(x1, y1, x2, y2, kind, "");
  }

  private static String line(
      double x1, double y1, double x2, double y2, String kind, String colour) {
    return String.format(
        Locale.ROOT,
        "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"%s%s/>%n",
        x1,
        y1,
        x2,
        y2,
        kind.isEmpty() ? "" : " class=\"" + kind + "\"",
        colour.isEmpty() ? "" : " style=\"stroke: " + colour + "; stroke-width: 2\"");
  }

  private static String text(double x, double y, String anchor, String kind, String content) {
    return String.format(
        Locale.ROOT,
        "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\"%s>%s</text>%n",
        x,
        y,
        anchor,
        kind.isEmpty() ? "" : " class=\"" + kind + "\"",
        content);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, value == Math.rint(value) ? "%.0f" : "%.2f", value);
  }
}
