package dev.leadline.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.bench.SampleBuilder;
import dev.leadline.bench.Samples;
import dev.leadline.bench.cloudwatch.CloudWatchReading;
import dev.leadline.bench.plan.Phase;
import dev.leadline.bench.record.DisturbanceRecord;
import dev.leadline.bench.record.Run;
import dev.leadline.bench.record.Run.BurstRecord;
import dev.leadline.bench.record.RunSamples;
import dev.leadline.bench.record.Sample;
import dev.leadline.bench.report.table.Cell;
import dev.leadline.bench.report.table.Table;
import dev.leadline.bench.title.TitlePage;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Two balancers, of which the second leaves a frozen target half a second later than the first. */
final class DisturbancesTest {
  private static final long MILLI = Samples.MILLI;

  private static Report report(boolean disturbed) {
    Run run = Samples.run(Samples.lab(), 1);
    List<Sample> samples = new ArrayList<>();
    List<DisturbanceRecord> records = new ArrayList<>();
    for (BurstRecord burst : run.bursts()) {
      if (burst.phase() != Phase.MEASURED) {
        continue;
      }
      long leaves = burst.balancer().equals("alb") ? 2500 : 2000;
      for (int index = 0; index < 600; index++) {
        long at = index * 10L;
        boolean frozen = at >= 2000 && at < 4000;
        boolean toTarget = index % 2 == 1 && (!frozen || at < leaves);
        long ends = frozen && toTarget ? 4000 : at + 10;
        samples.add(
            SampleBuilder.of(burst.planned(), index)
                .due(at * MILLI)
                .answered(ends * MILLI)
                .by(toTarget ? "i-2" : "i-1")
                .build());
      }
      records.add(
          new DisturbanceRecord(
              burst.round(),
              burst.path(),
              burst.balancer(),
              "i-2",
              2,
              "freeze",
              2000,
              4000,
              burst.startedAt().plusSeconds(2),
              burst.startedAt().plusSeconds(4),
              null));
    }
    return Report.of(
        run,
        RunSamples.of(samples),
        CloudWatchReading.notAsked(""),
        disturbed ? records : List.of());
  }

  @Test
  void eachBalancerHasARowWithItsTimes() {
    Table table = Disturbances.table(report(true));
    assertEquals(
        List.of(
            List.of(
                "/p", "2: freeze for 2 s", "alb", "0.5 s", "0", "10.0 ms", "1,950 ms", "< 0.1 s"),
            List.of(
                "/p",
                "2: freeze for 2 s",
                "leadline",
                "< 0.1 s",
                "0",
                "10.0 ms",
                "10.0 ms",
                "< 0.1 s")),
        table.rows().stream().map(row -> row.cells().stream().map(Cell::text).toList()).toList());
  }

  @Test
  void onePictureHasAllBalancers() {
    List<Disturbances.Picture> pictures = Disturbances.pictures(report(true));
    assertEquals(1, pictures.size());
    String svg = pictures.get(0).svg();
    assertTrue(svg.contains("Application Load Balancer: left it after 0.5 s"), svg);
    assertTrue(svg.contains("Leadline: left it after &lt; 0.1 s"), svg);
    assertFalse(svg.contains("NaN"), svg);
    String html = HtmlReport.render(report(true), TitlePage.NONE);
    assertTrue(html.contains(svg), "the picture is in the report");
    assertTrue(
        LatexReport.render(report(true), TitlePage.NONE)
            .contains("How each balancer met the disturbance"));
  }

  @Test
  void aFrenchReportSaysItInFrench() {
    assertEquals(List.of(), HtmlReportTest.english(report(true)));
  }

  @Test
  void aRunWithoutDisturbancesSaysNothingOfThem() {
    assertTrue(Disturbances.table(report(false)).isEmpty());
    assertFalse(HtmlReport.render(report(false), TitlePage.NONE).contains("disturb"));
  }
}
