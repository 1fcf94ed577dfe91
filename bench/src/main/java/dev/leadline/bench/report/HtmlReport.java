package dev.leadline.bench.report;

import dev.leadline.bench.report.table.Table.Medium;
import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.StringOutput;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;

/** The report as one self-contained HTML file: no script, and nothing fetched to show it. */
public final class HtmlReport {
  private static final TemplateEngine TEMPLATES =
      TemplateEngine.createPrecompiled(
          null, ContentType.Html, HtmlReport.class.getClassLoader(), "gg.jte.generated.html");

  private HtmlReport() {}

  public static String render(Report report) {
    StringOutput output = new StringOutput();
    TEMPLATES.render(
        "report.jte",
        Map.of(
            "report", report,
            "findings", report.findings(),
            "charts", Charts.of(report),
            "tables", ReportTables.of(report, Medium.SCREEN),
            "css", resource("report.css")),
        output);
    return output.toString();
  }

  private static String resource(String name) {
    try (InputStream file =
        Objects.requireNonNull(HtmlReport.class.getResourceAsStream(name), name)) {
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
