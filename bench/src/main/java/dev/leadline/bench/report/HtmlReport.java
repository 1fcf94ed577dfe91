package dev.leadline.bench.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.leadline.bench.json.Json;
import dev.leadline.bench.report.chart.CurveData;
import dev.leadline.bench.report.language.Translation;
import dev.leadline.bench.report.table.Table.Medium;
import dev.leadline.bench.title.TitlePage;
import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.StringOutput;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** The report as one self-contained HTML file: nothing is fetched to show it. */
public final class HtmlReport {
  private static final TemplateEngine TEMPLATES =
      TemplateEngine.createPrecompiled(
          null, ContentType.Html, HtmlReport.class.getClassLoader(), "gg.jte.generated.html");

  private HtmlReport() {}

  /**
   * What the script is given.
   *
   * @param percentile the word in the report's language, as {@code seconds} is
   * @param charts in the order of the page
   */
  private record Script(String percentile, String seconds, List<CurveData> charts) {}

  public static String render(Report report, TitlePage titlePage) {
    Translation translation = Translation.to(titlePage.language());
    List<Charts> charts = Charts.of(report);
    StringOutput output = new StringOutput();
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
            "charts",
            charts,
            "curves",
            curves(charts, translation),
            "disturbances",
            Disturbances.pictures(report),
            "tables",
            ReportTables.of(report, Medium.SCREEN, translation),
            "css",
            resource("uplot.css") + resource("report.css"),
            "script",
            resource("uplot.js") + resource("curves.js")),
        output);
    return output.toString();
  }

  /** As JSON that cannot end the element it stands in. */
  private static String curves(List<Charts> charts, Translation translation) {
    try {
      return Json.MAPPER
          .writer()
          .without(SerializationFeature.INDENT_OUTPUT)
          .writeValueAsString(
              new Script(
                  translation.text("percentile"),
                  translation.text("seconds"),
                  Stream.concat(
                          charts.stream().map(Charts::percentiles),
                          charts.stream().map(Charts::time))
                      .filter(Objects::nonNull)
                      .map(Charts.Curves::data)
                      .toList()))
          .replace("<", "\\u003c");
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
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
