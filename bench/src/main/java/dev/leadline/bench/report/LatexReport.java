package dev.leadline.bench.report;

import dev.leadline.bench.report.language.Translation;
import dev.leadline.bench.report.latex.LatexFigure;
import dev.leadline.bench.report.latex.LatexOutput;
import dev.leadline.bench.report.latex.LatexUplink;
import dev.leadline.bench.report.table.Table.Medium;
import dev.leadline.bench.stats.CellFigures;
import dev.leadline.bench.stats.Percentiles;
import dev.leadline.bench.title.TitlePage;
import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** The report as the assignment asks for it: LaTeX in four sections, for plain pdflatex. */
public final class LatexReport {
  private static final TemplateEngine TEMPLATES =
      TemplateEngine.createPrecompiled(
          null, ContentType.Plain, LatexReport.class.getClassLoader(), "gg.jte.generated.tex");

  private LatexReport() {}

  public static String render(Report report, TitlePage titlePage) {
    Translation translation = Translation.to(titlePage.language());
    LatexOutput output = new LatexOutput();
    TEMPLATES.render(
        "report.jte",
        Map.of(
            "report",
            report,
            "titlePage",
            titlePage,
            "t",
            translation,
            "findings",
            report.findings(),
            "tables",
            ReportTables.of(report, Medium.PAPER, translation),
            "figures",
            figures(report, translation),
            "uplink",
            uplink(report, translation)),
        output);
    return output.toString();
  }

  private static Map<String, String> uplink(Report report, Translation translation) {
    Map<String, String> figures = new LinkedHashMap<>();
    Uplink.lines(report)
        .forEach(
            (path, lines) ->
                figures.put(
                    path,
                    translation.latexFigure(LatexUplink.draw(lines, Uplink.maxMillis(report)))));
    return figures;
  }

  private static Map<String, String> figures(Report report, Translation translation) {
    Map<String, String> figures = new LinkedHashMap<>();
    for (CellFigures any : report.figures().cells()) {
      SortedMap<Integer, Percentiles> curves = new TreeMap<>();
      Findings.comparedCellsOf(report, any.cell().path())
          .forEach(cell -> curves.put(report.colour(cell.cell().balancer()), cell.latencies()));
      figures.computeIfAbsent(
          any.cell().path(), path -> translation.latexFigure(LatexFigure.percentiles(curves)));
    }
    return figures;
  }
}
