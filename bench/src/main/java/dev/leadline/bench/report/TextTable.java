package dev.leadline.bench.report;

import dev.leadline.bench.report.table.Cell;
import dev.leadline.bench.report.table.Table;
import dev.leadline.bench.report.table.Table.Alignment;
import java.util.ArrayList;
import java.util.List;

/** A table as lines of text: columns as wide as their content, long names cut where it must be. */
final class TextTable {
  private static final String GAP = "  ";

  /** A name is not cut further than this. */
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
    for (int widest = widestName(); width() > width && widest >= 0; widest = widestName()) {
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
    lines.add(ansi.faint(line(table.columns().stream().map(Table.Column::header).toList())));
    table.rows().forEach(row -> lines.add(line(row.cells())));
    return lines;
  }

  private Cell header(int column) {
    return table.columns().get(column).header();
  }

  /** The widest column whose text may be cut, or -1. */
  private int widestName() {
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

  private String line(List<Cell> cells) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < cells.size(); i++) {
      String text = TerminalText.ascii(cells.get(i).text());
      String shown = text.length() <= widths[i] ? text : text.substring(0, widths[i] - 2) + "..";
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
}
