package dev.leadline.bench.report;

import dev.leadline.bench.report.latex.LatexFigure;
import dev.leadline.bench.report.latex.LatexOutput;
import dev.leadline.bench.report.table.Table.Medium;
import dev.leadline.bench.stats.CellFigures;
import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The report as the assignment asks for it: LaTeX in four sections, for plain pdflatex. */
public final class LatexReport {
  private static final TemplateEngine TEMPLATES =
      TemplateEngine.createPrecompiled(
          null, ContentType.Plain, LatexReport.class.getClassLoader(), "gg.jte.generated.tex");

  private LatexReport() {}

  public static String render(Report report) {
    LatexOutput output = new LatexOutput();
    TEMPLATES.render(
        "report.jte",
        Map.of(
            "report", report,
            "findings", report.findings(),
            "tables", ReportTables.of(report, Medium.PAPER),
            "figures", figures(report)),
        output);
    return output.toString();
  }

  private static Map<String, String> figures(Report report) {
    Map<String, String> figures = new LinkedHashMap<>();
    for (CellFigures any : report.figures().cells()) {
      List<CellFigures> cells = Findings.comparedCellsOf(report, any.cell().path());
      figures.computeIfAbsent(
          any.cell().path(),
          path -> LatexFigure.percentiles(cells.stream().map(CellFigures::latencies).toList()));
    }
    return figures;
  }
}
