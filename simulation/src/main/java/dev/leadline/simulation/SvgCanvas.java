package dev.leadline.simulation;

import java.util.Locale;

/** Writes a picture as SVG with a few shapes, for a light or a dark background. */
final class SvgCanvas {

  private static final String STYLE =
      """
      <style>
        text { font: 12px system-ui, sans-serif; fill: #444 }
        .faint { fill: #777 }
        line { stroke: #ccc }
        .strong { stroke: #666 }
        .good { fill: #2a7f62; stroke: #2a7f62 }
        .bad { fill: #c0392b; stroke: #c0392b }
        .ring { fill: none; stroke: #e08e0b; stroke-width: 2 }
        polyline { fill: none; stroke-width: 1.6 }
        @media (prefers-color-scheme: dark) {
          text { fill: #ccc } .faint { fill: #999 } line { stroke: #444 } .strong { stroke: #aaa }
        }
      </style>
      """;

  private final StringBuilder text = new StringBuilder();

  SvgCanvas(int width, int height) {
    add(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\""
            + " height=\"%d\">",
        width, height, width, height);
    text.append(STYLE);
  }

  SvgCanvas line(double x1, double y1, double x2, double y2, String kind) {
    return add(
        "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"%s\"/>",
        x1, y1, x2, y2, kind);
  }

  SvgCanvas box(double x, double y, double width, double height, String kind) {
    return add(
        "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" class=\"%s\"/>",
        x, y, width, height, kind);
  }

  SvgCanvas circle(double x, double y, double radius, String kind) {
    return add("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" class=\"%s\"/>", x, y, radius, kind);
  }

  /**
   * Text.
   *
   * @param anchor which part of the text is at {@code x}: start, middle or end
   */
  SvgCanvas words(double x, double y, String anchor, String kind, String words) {
    return add(
        "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" class=\"%s\">%s</text>",
        x, y, anchor, kind, words.replace("&", "&amp;").replace("<", "&lt;"));
  }

  /** A line through points made by {@link #point}. */
  SvgCanvas path(String points, String colour) {
    return add("<polyline points=\"%s\" stroke=\"%s\"/>", points.strip(), colour);
  }

  static String point(double x, double y) {
    return String.format(Locale.ROOT, "%.1f,%.1f ", x, y);
  }

  private SvgCanvas add(String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values)).append('\n');
    return this;
  }

  @Override
  public String toString() {
    return text + "</svg>\n";
  }
}
