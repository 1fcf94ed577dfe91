package dev.leadline.bench.report;

import dev.leadline.bench.report.table.Cell;
import dev.leadline.bench.report.table.Table;
import dev.leadline.bench.report.table.Table.Alignment;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A table as lines of text: columns as wide as their content, long texts wrapped where it must be.
 */
final class TextTable {
  private static final String GAP = "  ";

  /** No column is made narrower than this. */
  private static final int FEWEST_CHARACTERS = 9;

  private final Table table;
  private final Ansi ansi;
  private final int[] widths;

  TextTable(Table table, int width, Ansi ansi) {
    this.table = table;
    this.ansi = ansi;
    this.widths = new int[table.columns().size()];
    for (int i = 0; i < widths.length; i++) {
      int column = i;
      widths[i] =
          Math.max(
              header(i).text().length(),
              table.rows().stream()
                  .mapToInt(row -> row.cells().get(column).text().length())
                  .max()
                  .orElse(0));
    }
    for (int widest = widestText(); width() > width && widest >= 0; widest = widestText()) {
      widths[widest] = Math.max(FEWEST_CHARACTERS, widths[widest] - (width() - width));
    }
  }

  /** Columns of the widest line. */
  int width() {
    int width = GAP.length() * (widths.length - 1);
    for (int column : widths) {
      width += column;
    }
    return width;
  }

  /** The lines, header first. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    List<Cell> header = table.columns().stream().map(Table.Column::header).toList();
    lines(header).forEach(line -> lines.add(ansi.faint(line)));
    table.rows().forEach(row -> lines.addAll(lines(row.cells())));
    return lines;
  }

  private Cell header(int column) {
    return table.columns().get(column).header();
  }

  /** The widest column whose text may be wrapped, or -1. */
  private int widestText() {
    int widest = -1;
    for (int i = 0; i < widths.length; i++) {
      if (table.columns().get(i).alignment() != Alignment.RIGHT
          && widths[i] > Math.max(FEWEST_CHARACTERS, header(i).text().length())
          && (widest < 0 || widths[i] > widths[widest])) {
        widest = i;
      }
    }
    return widest;
  }

  private List<String> lines(List<Cell> cells) {
    List<List<String>> columns = new ArrayList<>();
    for (int i = 0; i < cells.size(); i++) {
      columns.add(wrapped(cells.get(i).text(), widths[i]));
    }
    int height = columns.stream().mapToInt(List::size).max().orElse(0);
    return IntStream.range(0, height).mapToObj(row -> line(cells, columns, row)).toList();
  }

  private String line(List<Cell> cells, List<List<String>> columns, int row) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < cells.size(); i++) {
      String shown = row < columns.get(i).size() ? columns.get(i).get(row) : "";
      String fill = " ".repeat(widths[i] - shown.length());
      String styled =
          switch (cells.get(i).style()) {
            case GOOD -> ansi.good(shown);
            case BAD -> ansi.bad(shown);
            case FAINT -> ansi.faint(shown);
            case PLAIN, CODE -> shown;
          };
      boolean right = table.columns().get(i).alignment() == Alignment.RIGHT;
      line.append(i == 0 ? "" : GAP).append(right ? fill + styled : styled + fill);
    }
    return line.toString().stripTrailing();
  }

  /** The text in lines of this width, at its spaces; a word that is longer is divided. */
  private static List<String> wrapped(String text, int width) {
    List<String> lines = new ArrayList<>();
    for (String line : TerminalText.wrapped(text, "", width)) {
      int begin = 0;
      for (; line.length() - begin > width; begin += width) {
        lines.add(line.substring(begin, begin + width));
      }
      lines.add(line.substring(begin));
    }
    return lines;
  }
}
