package dev.leadline.bench.report.table;

import java.util.function.UnaryOperator;

/**
 * One cell of a table. All text is plain: a renderer escapes it.
 *
 * @param detail smaller lines, shown where there is room; may be empty
 * @param series index of the balancer whose colour marks this cell; {@link #NO_SERIES}: none
 */
public record Cell(String text, String detail, Style style, int series) {
  public static final int NO_SERIES = -1;

  /** What the text is. */
  public enum Style {
    PLAIN,
    CODE,
    GOOD,
    BAD,
    FAINT
  }

  public static Cell of(String text) {
    return new Cell(text, "", Style.PLAIN, NO_SERIES);
  }

  /** A path, an id or a name that is typed as it stands. */
  public static Cell code(String text) {
    return of(text).as(Style.CODE);
  }

  /** The same with its text as {@code text} has it, unless it is code or the name of a series. */
  Cell translated(UnaryOperator<String> translation) {
    return style == Style.CODE
        ? this
        : new Cell(
            series == NO_SERIES ? translation.apply(text) : text,
            translation.apply(detail),
            style,
            series);
  }

  public Cell as(Style other) {
    return new Cell(text, detail, other, series);
  }

  public Cell withText(String other) {
    return new Cell(other, detail, style, series);
  }

  public Cell withDetail(String second) {
    return new Cell(text, second, style, series);
  }

  public Cell ofSeries(int index) {
    return new Cell(text, detail, style, index);
  }
}
