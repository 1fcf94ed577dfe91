package dev.leadline.bench.report.chart;

import java.util.Locale;

/**
 * Writes one SVG image. Colours and strokes are classes of the page's style sheet, so that a chart
 * follows it into dark mode and onto paper. All text is escaped here.
 */
public final class SvgImage {
  private final StringBuilder out = new StringBuilder();

  /**
   * Begins an image.
   *
   * @param label says what it shows to those who do not see it
   */
  SvgImage(double width, double height, String label) {
    out.append(
        "<svg viewBox=\"0 0 %s %s\" role=\"img\" aria-label=\"%s\">"
            .formatted(number(width), number(height), escape(label)));
  }

  SvgImage line(double x1, double y1, double x2, double y2, String style) {
    out.append(
        "<line x1=\"%s\" y1=\"%s\" x2=\"%s\" y2=\"%s\" class=\"%s\"/>"
            .formatted(number(x1), number(y1), number(x2), number(y2), escape(style)));
    return this;
  }

  SvgImage rect(double x, double y, double width, double height, String style) {
    out.append(
        "<rect x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" class=\"%s\"/>"
            .formatted(number(x), number(y), number(width), number(height), escape(style)));
    return this;
  }

  SvgImage circle(double x, double y, double radius, String style) {
    out.append(
        "<circle cx=\"%s\" cy=\"%s\" r=\"%s\" class=\"%s\"/>"
            .formatted(number(x), number(y), number(radius), escape(style)));
    return this;
  }

  SvgImage path(CharSequence commands, String style) {
    out.append(
        "<path d=\"%s\" class=\"%s\"/>".formatted(escape(commands.toString()), escape(style)));
    return this;
  }

  /** Like {@link #path}, with a stroke of its own width. */
  SvgImage path(CharSequence commands, String style, double strokeWidth) {
    out.append(
        "<path d=\"%s\" class=\"%s\" stroke-width=\"%s\"/>"
            .formatted(
                escape(commands.toString()),
                escape(style),
                String.format(Locale.ROOT, "%.3f", strokeWidth)));
    return this;
  }

  /**
   * Writes text.
   *
   * @param style may contain {@code middle} or {@code end} for its alignment
   */
  SvgImage text(double x, double y, String text, String style) {
    out.append(
        "<text x=\"%s\" y=\"%s\" class=\"%s\">%s</text>"
            .formatted(number(x), number(y), escape(style), escape(text)));
    return this;
  }

  String end() {
    return out.append("</svg>").toString();
  }

  /** A coordinate, to a tenth of a unit: finer than anybody sees, and short. */
  static String number(double value) {
    String text = String.format(Locale.ROOT, "%.1f", value);
    return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
  }

  /** As text of an element or an attribute. */
  public static String escape(String text) {
    return text.replaceAll("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f]", "?")
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }

  /** The text that was escaped. */
  public static String unescape(String escaped) {
    return escaped
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&");
  }
}
