package dev.leadline.bench.report.latex;

import static java.util.stream.Collectors.joining;

import dev.leadline.bench.report.table.Cell;
import dev.leadline.bench.report.table.Cell.Style;
import dev.leadline.bench.report.table.Table;
import dev.leadline.bench.report.table.Table.Column;
import dev.leadline.bench.report.table.Table.Row;
import java.util.List;

/** A table as LaTeX: a subsection with its notes. */
public final class LatexTable {
  /** More do not fit on a page. */
  private static final int MAX_COLUMNS = 14;

  private static final int COLOURS = 8; // report.jte defines them

  private LatexTable() {}

  /** The finished text, with everything that the table says escaped. */
  public static String render(Table table) {
    if (table.isEmpty()) {
      return "";
    }
    StringBuilder out = new StringBuilder();
    // A minipage is not divided: no heading stands at the foot of a page without its table.
    out.append("\\par\\bigskip\n\\begin{minipage}{\\linewidth}\n");
    out.append("\\subsection*{").append(LatexOutput.escape(table.title())).append("}\n\n");
    if (table.columns().size() > MAX_COLUMNS) {
      out.append("Too wide for this page: see \\texttt{report.html}.\n\n");
    } else if (!table.rows().isEmpty()) {
      // Four balancers beside each other are as wide as the page.
      out.append("\\begin{center}\n")
          .append(table.columns().size() > 4 ? "\\footnotesize" : "\\small")
          .append("\n\\begin{tabular}{@{}");
      table.columns().forEach(column -> out.append(alignment(column)));
      // An empty line before \hline would be an error: there must be none within the tabular.
      out.append("@{}}\n\\hline\n");
      out.append(line(table.columns().stream().map(Column::header).toList())).append("\\hline\n");
      String before = "";
      for (Row row : table.rows()) {
        String group = group(table, row);
        out.append(group.equals(before) || before.isEmpty() ? "" : "\\hline\n");
        out.append(line(row.cells()));
        before = group;
      }
      out.append("\\hline\n\\end{tabular}\n\\end{center}\n\n");
    }
    out.append("\\end{minipage}\n\n");
    table.notes().forEach(note -> out.append(LatexOutput.escape(note)).append("\n\n"));
    return out.toString();
  }

  /** The colour of a balancer, as the report's preamble defines it. */
  public static String colour(int series) {
    return "balancer" + (char) ('A' + series % COLOURS);
  }

  /** Rows of one path belong together, where the table has several rows for a path. */
  private static String group(Table table, Row row) {
    String first = row.cells().get(0).text();
    long alike = table.rows().stream().filter(it -> it.cells().get(0).text().equals(first)).count();
    return alike > 1 && row.cells().get(0).style() == Style.CODE ? first : "of its own";
  }

  private static String alignment(Column column) {
    return switch (column.alignment()) {
      case LEFT -> "l";
      case RIGHT -> "r";
      case WRAPPED -> ">{\\raggedright\\arraybackslash}p{105mm}";
    };
  }

  private static String line(List<Cell> cells) {
    return cells.stream().map(LatexTable::cell).collect(joining(" & ")) + " \\\\\n";
  }

  private static String cell(Cell cell) {
    String text = LatexOutput.escape(cell.text());
    String swatch =
        cell.series() == Cell.NO_SERIES ? "" : "\\swatch{" + colour(cell.series()) + "} ";
    return swatch + (cell.style() == Style.CODE ? "\\texttt{" + text + "}" : text);
  }
}
