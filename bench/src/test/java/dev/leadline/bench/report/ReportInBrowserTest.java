package dev.leadline.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.leadline.bench.Samples;
import dev.leadline.bench.browser.Chromium;
import dev.leadline.bench.cloudwatch.CloudWatchReading;
import dev.leadline.bench.record.Run;
import dev.leadline.bench.record.RunSamples;
import dev.leadline.bench.title.Language;
import dev.leadline.bench.title.TitlePage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The report as a reader's browser shows it; its pictures are kept in {@code target/pictures}. */
@Timeout(180)
final class ReportInBrowserTest {
  /** Text whose contrast with what is behind it is below 4.5:1 (WCAG 2.2, 1.4.3). */
  private static final String FAINT_TEXT =
      """
      (() => {
        const parts = colour => colour.match(/[\\d.]+/g).map(Number);
        const luminance = colour => parts(colour).slice(0, 3)
          .map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
          .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
        const background = element => {
          for (let e = element; e; e = e.parentElement) {
            const colour = getComputedStyle(e).backgroundColor;
            if ((parts(colour)[3] ?? 1) > 0) return colour;
          }
          return 'rgb(255, 255, 255)';
        };
        const found = [];
        const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        while (texts.nextNode()) {
          const element = texts.currentNode.parentElement;
          if (!texts.currentNode.textContent.trim() || element.closest('script, style')) continue;
          const style = getComputedStyle(element);
          const pair = [luminance(element.closest('svg') ? style.fill : style.color), luminance(background(element))];
          const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
          if (ratio < 4.5) found.push(`${texts.currentNode.textContent.trim()}: ${ratio.toFixed(2)}`);
        }
        return [...new Set(found)];
      })()
      """;

  /** Charts with their size and the marks in them: of a canvas, its colours. */
  private static final String CHARTS =
      """
      [...document.querySelectorAll('figure')].map(figure => {
        const canvas = figure.querySelector('canvas');
        const picture = canvas ?? figure.querySelector('svg');
        const box = picture.getBoundingClientRect();
        const marks = canvas
          ? new Set(new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size
          : [...picture.querySelectorAll('path, rect, circle')].filter(m => m.getBoundingClientRect().width > 0).length;
        return {kind: picture.localName, width: box.width, height: box.height, marks};
      })
      """;

  @TempDir private static Path directory = Path.of(".");
  private static @Nullable Chromium browser;

  @BeforeAll
  static void aBrowser() throws IOException, InterruptedException {
    // .ci/run says that it may not be missing.
    boolean required = "required".equals(System.getenv("LEADLINE_REPORT_TEST"));
    assumeTrue(
        required || Chromium.find().isPresent(),
        "skipped: the report in a browser, because Chromium is not installed");
    browser = new Chromium(Chromium.find().orElseThrow(), directory.resolve("profile"));
    Files.createDirectories(Path.of("target/pictures"));
  }

  @AfterAll
  static void noBrowser() throws InterruptedException {
    if (browser != null) {
      browser.close();
    }
  }

  private static Chromium browser() {
    return Objects.requireNonNull(browser);
  }

  private static Path report(TitlePage titlePage) throws IOException {
    Run run = Samples.run(Samples.lab(), 5);
    Report report =
        Report.of(
            run,
            RunSamples.of(Samples.samples(run, name -> name.equals("alb") ? 1200L : 100L)),
            CloudWatchReading.notAsked("Not asked."));
    return Files.writeString(
        directory.resolve("report.html"), HtmlReport.render(report, titlePage));
  }

  @ParameterizedTest
  @CsvSource({"light, 1280", "dark, 1280", "light, 360", "dark, 360"})
  void everyChartIsDrawnAndEveryTextCanBeRead(String scheme, int width)
      throws IOException, InterruptedException {
    TitlePage titlePage =
        new TitlePage(
            "A title", "A course", List.of("Ada Lovelace", "Émile Borel"), null, Language.EN);
    browser().open(report(titlePage), width, 800, scheme);

    JsonNode charts = browser().evaluate(CHARTS);
    assertEquals(5, charts.size());
    for (JsonNode chart : charts) {
      assertTrue(chart.path("width").asInt() > 200, charts.toString());
      assertTrue(chart.path("height").asInt() > 40, charts.toString());
      assertTrue(chart.path("marks").asInt() > 1, charts.toString());
    }
    assertEquals("[]", browser().evaluate(FAINT_TEXT).toString());
    assertEquals(
        0,
        browser()
            .evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            .asInt(),
        "sideways scrolling");
    assertEquals(
        scheme.equals("dark"),
        browser()
            .evaluate("getComputedStyle(document.body).backgroundColor")
            .asText()
            .startsWith("rgb(1"));
    assertEquals(List.of(), browser().errors());
    browser().screenshot(Path.of("target/pictures/report-%s-%d.png".formatted(scheme, width)));
  }

  /** Four balancers of every kind: nothing is cut off, and their colours differ. */
  @ParameterizedTest
  @CsvSource({"light, 1280", "dark, 1280", "light, 360", "dark, 500"})
  void everyKindSideBySideFitsThePage(String scheme, int width)
      throws IOException, InterruptedException {
    Path file =
        Files.writeString(
            directory.resolve("four.html"),
            HtmlReport.render(EveryKindTest.report(), TitlePage.NONE));
    browser().open(file, width, 800, scheme);

    assertEquals("[]", browser().evaluate(FAINT_TEXT).toString());
    assertEquals(
        0,
        browser()
            .evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            .asInt(),
        "sideways scrolling");
    assertEquals(
        5,
        browser()
            .evaluate(
                "new Set([...document.querySelectorAll('.swatch')].map(s => getComputedStyle(s).color)).size")
            .asInt());
    browser().screenshot(Path.of("target/pictures/four-%s-%d.png".formatted(scheme, width)));
  }

  /** What a picture does not say can be read off it, without a mouse too. */
  @Test
  void theSliderReadsValuesOffTheCurves() throws IOException, InterruptedException {
    browser().open(report(TitlePage.NONE), 1280, 800, "light");
    String legend = "document.querySelector('.u-legend').textContent";

    browser().evaluate("document.querySelector('input[type=range]').focus()");
    browser().press("End");
    String before = browser().evaluate(legend).asText();
    browser().press("Home");

    String after = browser().evaluate(legend).asText();
    assertTrue(before.contains("1,214 ms"), before); // the slowest of 10 requests in 5 rounds
    assertTrue(after.contains("p0") && after.contains("1,201 ms"), after);
    assertTrue(
        browser()
            .evaluate("document.querySelector('input[type=range]').getAttribute('aria-valuetext')")
            .asText()
            .contains("Leadline 101 ms"));
  }

  /** What a narrow window cuts off can be scrolled to without a mouse. */
  @Test
  void theKeyboardReachesEveryTableAndSlider() throws IOException, InterruptedException {
    browser().open(report(TitlePage.NONE), 360, 800, "light");

    int stops = browser().evaluate("document.querySelectorAll('.scroll, input').length").asInt();
    assertTrue(stops > 4);
    for (int i = 0; i < stops; i++) {
      browser().press("Tab");
      assertEquals(
          i,
          browser()
              .evaluate(
                  "[...document.querySelectorAll('.scroll, input')].indexOf(document.activeElement)")
              .asInt());
    }
  }
}
