package dev.leadline.bench.report.table;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * One table of a report: the same content in the terminal, in HTML and in LaTeX.
 *
 * @param title of the table; its units, where all figures have the same
 * @param notes sentences that explain the figures, or say why there are none
 * @param rows each with a cell for every column; may be empty
 */
public record Table(String title, List<String> notes, List<Column> columns, List<Row> rows) {

  public Table {
    notes = List.copyOf(notes);
    columns = List.copyOf(columns);
    rows = List.copyOf(rows);
  }

  /** Where a table is shown, from the least room to the most. */
  public enum Medium {
    TERMINAL,
    PAPER,
    SCREEN
  }

  /** How the cells of a column are aligned; long text may be broken into lines. */
  public enum Alignment {
    LEFT,
    RIGHT,
    WRAPPED
  }

  /**
   * One column.
   *
   * @param from the smallest medium that shows it
   */
  public record Column(Cell header, Alignment alignment, Medium from) {
    public static Column left(String header) {
      return new Column(Cell.of(header), Alignment.LEFT, Medium.TERMINAL);
    }

    public static Column wrapped(String header) {
      return new Column(Cell.of(header), Alignment.WRAPPED, Medium.TERMINAL);
    }

    public static Column right(String header) {
      return right(Cell.of(header));
    }

    public static Column right(Cell header) {
      return new Column(header, Alignment.RIGHT, Medium.TERMINAL);
    }

    /** The same column, left out of media that are smaller. */
    public Column from(Medium smallest) {
      return new Column(header, alignment, smallest);
    }
  }

  /**
   * One row.
   *
   * @param from the smallest medium that shows it
   */
  public record Row(List<Cell> cells, Medium from) {
    public Row {
      cells = List.copyOf(cells);
    }

    public static Row of(Cell... cells) {
      return new Row(List.of(cells), Medium.TERMINAL);
    }
  }

  /** True where there is nothing to show. */
  public boolean isEmpty() {
    return rows.isEmpty() && notes.isEmpty();
  }

  /** The same with every text but code as {@code text} has it. */
  public Table translated(UnaryOperator<String> text) {
    return new Table(
        text.apply(title),
        notes.stream().map(text).toList(),
        columns.stream()
            .map(c -> new Column(c.header().translated(text), c.alignment(), c.from()))
            .toList(),
        rows.stream()
            .map(
                row ->
                    new Row(
                        row.cells().stream().map(cell -> cell.translated(text)).toList(),
                        row.from()))
            .toList());
  }

  /** What a medium has room for. */
  public Table in(Medium medium) {
    List<Row> shown = new ArrayList<>();
    for (Row row : rows) {
      if (row.from().compareTo(medium) <= 0) {
        List<Cell> cells = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
          if (columns.get(i).from().compareTo(medium) <= 0) {
            cells.add(row.cells().get(i));
          }
        }
        shown.add(new Row(cells, row.from()));
      }
    }
    return new Table(
        title,
        notes,
        columns.stream().filter(column -> column.from().compareTo(medium) <= 0).toList(),
        shown);
  }
}
