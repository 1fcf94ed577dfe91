package dev.leadline.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Text and tables of a Markdown document. */
final class Markdown {

  private final StringBuilder text = new StringBuilder();

  Markdown heading(String title) {
    text.append("\n## ").append(title).append("\n\n");
    return this;
  }

  Markdown text(String paragraphs) {
    text.append(paragraphs);
    return this;
  }

  Markdown picture(String description, String file) {
    text.append("\n![").append(description).append("](").append(file).append(")\n");
    return this;
  }

  /** A table, with numbers to the right from the second column on. */
  Markdown table(List<String> header, List<List<String>> rows) {
    row(header);
    text.append("|---").append("|--:".repeat(header.size() - 1)).append("|\n");
    rows.forEach(this::row);
    return this;
  }

  private void row(List<String> cells) {
    text.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }

  @Override
  public String toString() {
    return text.toString();
  }

  /** A row: its first cell and the others. */
  static List<String> row(String first, List<String> rest) {
    List<String> cells = new ArrayList<>(List.of(first));
    cells.addAll(rest);
    return cells;
  }

  static String number(double value, int decimals) {
    return String.format(Locale.ROOT, "%." + decimals + "f", value);
  }

  /** Milliseconds, with one decimal below 1000. */
  static String millis(double value) {
    return number(value, value < 1000 ? 1 : 0);
  }

  static String percent(double share) {
    return number(100 * share, 2) + "%";
  }

  /** Seconds; empty if there was nothing to measure. */
  static String seconds(double value) {
    if (Double.isNaN(value)) {
      return "";
    }
    return Double.isInfinite(value) ? "never" : number(value, 1) + " s";
  }
}
