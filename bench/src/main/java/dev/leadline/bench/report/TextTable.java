package dev.leadline.bench.report;

import java.util.ArrayList;
import java.util.List;

/** A table in plain text: columns as wide as their content, the first ones left-aligned. */
final class TextTable {
  private static final String GAP = "  ";

  private final int leftAligned;
  private final List<List<String>> rows = new ArrayList<>();

  TextTable(int leftAligned, List<String> header) {
    this.leftAligned = leftAligned;
    rows.add(List.copyOf(header));
  }

  void add(List<String> cells) {
    rows.add(List.copyOf(cells));
  }

  /** The lines, header first; cells are padded before anybody colours them. */
  List<List<String>> padded() {
    List<List<String>> padded = new ArrayList<>();
    for (List<String> row : rows) {
      List<String> cells = new ArrayList<>();
      for (int column = 0; column < row.size(); column++) {
        int width = width(column);
        String cell = row.get(column);
        String fill = " ".repeat(width - cell.length());
        cells.add(column < leftAligned ? cell + fill : fill + cell);
      }
      padded.add(cells);
    }
    return padded;
  }

  List<String> lines() {
    return padded().stream().map(cells -> String.join(GAP, cells).stripTrailing()).toList();
  }

  int width() {
    return lines().stream().mapToInt(String::length).max().orElse(0);
  }

  private int width(int column) {
    return rows.stream()
        .filter(row -> column < row.size())
        .mapToInt(row -> row.get(column).length())
        .max()
        .orElse(0);
  }
}
