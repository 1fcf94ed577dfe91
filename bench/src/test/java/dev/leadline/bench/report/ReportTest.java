package dev.leadline.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.leadline.bench.Samples;
import dev.leadline.bench.json.Json;
import dev.leadline.bench.report.table.Cell;
import dev.leadline.bench.report.table.Table;
import dev.leadline.bench.report.table.Table.Medium;
import dev.leadline.bench.title.Language;
import dev.leadline.bench.title.TitlePage;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What all forms of a report have in common. */
final class ReportTest {
  @Test
  void aTableSaysTheSameInTerminalHtmlAndLatex() {
    Report report = Samples.report(name -> name.equals("alb") ? 2345L : 1234L);
    String terminal = TerminalReport.render(report, Ansi.PLAIN);
    String html = HtmlReport.render(report, TitlePage.NONE);
    String tex = LatexReport.render(report, TitlePage.NONE).replace("{,}", ",").replace("\\%", "%");
    ReportTables tables = ReportTables.of(report, Medium.TERMINAL);
    for (Table table :
        List.of(tables.verdicts(), tables.figures(), tables.stages(), tables.answers())) {
      for (Table.Row row : table.rows()) {
        for (Cell cell : row.cells()) {
          assertTrue(terminal.contains(cell.text()), cell.toString());
          assertTrue(html.contains(">" + cell.text() + "<"), cell.toString());
          assertTrue(tex.contains(cell.text()), cell.toString());
        }
      }
    }
  }

  @Test
  void theTitlePageIsFilledInAndEscaped() {
    TitlePage titlePage =
        new TitlePage("100% <b>", "A & B", List.of("Ada", "Émile"), null, Language.FR);
    Report report = Samples.report(name -> 100L);
    String html = HtmlReport.render(report, titlePage);
    String tex = LatexReport.render(report, titlePage);

    assertTrue(html.contains("lang=\"fr\""));
    assertTrue(html.contains("<p class=\"title\">100% &lt;b&gt;</p>"), html);
    assertTrue(html.contains("1 mars 2026"));
    assertTrue(tex.contains("100\\% \\textless{}b\\textgreater{}"), tex);
    assertTrue(tex.contains("A \\& B"));
    assertTrue(tex.contains("Émile"));
    assertTrue(tex.contains("\\section{Procédure de déploiement de FastAPI}"));
  }

  @Test
  void jsonHasTheFindingsAndTheFigures() throws IOException {
    JsonNode json =
        Json.MAPPER.readTree(
            Json.MAPPER.writeValueAsString(
                Samples.report(name -> name.equals("alb") ? 200L : 100L)));

    assertEquals("better", json.at("/findings/verdicts/0/outcome").asText());
    assertEquals(60, json.at("/figures/cells/0/requests").asInt());
    assertEquals(7, json.at("/run/settings/seed").asInt());
    assertTrue(json.path("samples").isMissingNode());
  }
}
