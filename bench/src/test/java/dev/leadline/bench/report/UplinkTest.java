package dev.leadline.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.bench.Samples;
import dev.leadline.bench.record.FarView;
import dev.leadline.bench.report.table.Cell;
import dev.leadline.bench.title.Language;
import dev.leadline.bench.title.TitlePage;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The user's machine sees 80 ms more than the load generator, but for one figure by chance. */
final class UplinkTest {
  private static final long MILLI = Samples.MILLI;

  private static Report report() {
    return Samples.report(name -> name.equals("alb") ? 200L : 1100L)
        .beside(
            List.of(
                new FarView("/p", "alb", 288 * MILLI, 291 * MILLI, 292 * MILLI),
                new FarView("/p", "leadline", 1100 * MILLI, 2000 * MILLI, 2500 * MILLI),
                new FarView("/p", "control", 1, 1, 1),
                new FarView("/elsewhere", "alb", 1, 1, 1)));
  }

  @Test
  void bothViewsAndTheDifferenceStandSideBySide() {
    assertEquals(
        List.of(
            List.of("/p", "alb", "p50", "208", "288", "+80.0"),
            List.of("/p", "alb", "p99", "215", "291", "+76.0"),
            List.of("/p", "alb", "total", "212", "292", "+80.0"),
            List.of("/p", "leadline", "p50", "1,108", "1,100", "-8.00"),
            List.of("/p", "leadline", "p99", "1,115", "2,000", "+885"),
            List.of("/p", "leadline", "total", "1,112", "2,500", "+1,388")),
        Uplink.table(report()).rows().stream()
            .map(row -> row.cells().stream().map(Cell::text).toList())
            .toList());
  }

  /** One line a figure and balancer, in its balancer's colour, from a filled to a hollow dot. */
  @Test
  void everyReportHasTheTableAndThePicture() {
    Report report = report();
    List<Uplink.Picture> pictures = Uplink.pictures(report);
    assertEquals(1, pictures.size());
    String svg = pictures.get(0).picture().svg();
    for (String part :
        List.of("curve s0", "curve s1", "dot filled s0", "dot hollow s1", ">+1,388</text>")) {
      assertTrue(svg.contains(part), part + " in " + svg);
    }
    assertEquals(6, svg.split("dot hollow", -1).length - 1);
    assertTrue(
        pictures.get(0).picture().caption().contains("Leadline: p50 -8.00 ms, p99 +885 ms, total"));

    String html = HtmlReport.render(report, TitlePage.NONE);
    assertTrue(html.contains(svg));
    String tex = LatexReport.render(report, TitlePage.NONE).replace("{,}", ",").replace("%\n", "");
    assertTrue(tex.contains("\\scriptsize +1,388}"), tex);
    for (String text : List.of(html, tex)) {
      assertTrue(text.replace("{-}", "-").contains("uplink adds"), text);
      assertTrue(text.contains("so its length is what the uplink adds"), text);
    }
    assertTrue(TerminalReport.render(report, Ansi.PLAIN).contains("+1,388"));
  }

  @Test
  void aFrenchReportSaysItInFrench() {
    Report report = report();
    assertEquals(List.of(), HtmlReportTest.english(report));
    String tex = LatexReport.render(report, new TitlePage(null, "", List.of(), null, Language.FR));
    assertTrue(tex.contains("\\scriptsize +1\\,388}"), tex);
    assertTrue(tex.contains("la liaison ajoute"), tex);
  }

  @Test
  void aRunWithoutALoadGeneratorSaysNothingOfIt() {
    Report report = Samples.report(name -> 100L);
    assertFalse(HtmlReport.render(report, TitlePage.NONE).contains("uplink"));
    assertFalse(LatexReport.render(report, TitlePage.NONE).contains("uplink"));
  }
}
