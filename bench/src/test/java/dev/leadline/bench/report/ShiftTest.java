package dev.leadline.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.bench.SampleBuilder;
import dev.leadline.bench.Samples;
import dev.leadline.bench.cloudwatch.CloudWatchReading;
import dev.leadline.bench.cloudwatch.CloudWatchReading.State;
import dev.leadline.bench.cloudwatch.CloudWatchReading.TargetReading;
import dev.leadline.bench.cloudwatch.Metrics;
import dev.leadline.bench.lab.LabDescription;
import dev.leadline.bench.plan.Phase;
import dev.leadline.bench.record.Run;
import dev.leadline.bench.record.Run.BurstRecord;
import dev.leadline.bench.record.RunSamples;
import dev.leadline.bench.record.Sample;
import dev.leadline.bench.report.table.Cell;
import dev.leadline.bench.title.TitlePage;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Leadline leaves a small target after a minute in which its CPU was above the limit. */
final class ShiftTest {
  private static final int SECONDS = 180;
  private static final Instant MINUTE = Instant.parse("2026-03-01T12:00:00Z");

  private static LabDescription lab() {
    LabDescription plain = Samples.lab();
    return new LabDescription(
        plain.profile(),
        plain.region(),
        plain.endpoint(),
        plain.notes(),
        plain.balancers(),
        plain.paths(),
        plain.targets(),
        Map.of("policy", Map.of("name", "cloudwatch", "limit", 60), "workMillis", 5));
  }

  private static Report report(int seconds) {
    Run run = Samples.run(lab(), 1);
    List<Sample> samples = new ArrayList<>();
    for (BurstRecord burst : run.bursts()) {
      for (int i = 0; burst.phase() == Phase.MEASURED && i < seconds * 4; i++) {
        long at = i * 250L * Samples.MILLI;
        boolean shifted = burst.balancer().equals("leadline") && i >= 60 * 4;
        samples.add(
            SampleBuilder.of(burst.planned(), i)
                .due(at)
                .answered(at + Samples.MILLI)
                .by(i % 2 == 0 || shifted ? "i-1" : "i-2")
                .build());
      }
    }
    CloudWatchReading cloudWatch =
        new CloudWatchReading(
            State.SETTLED,
            "",
            MINUTE,
            MINUTE.plusSeconds(SECONDS),
            2,
            List.of(),
            List.of(target("i-1", 40, 70, 70), target("i-2", 90, 0, 0)));
    return Report.of(run, RunSamples.of(samples), cloudWatch);
  }

  private static TargetReading target(String id, double... percents) {
    SortedMap<Instant, Double> cpu = new TreeMap<>();
    for (int i = 0; i < percents.length; i++) {
      cpu.put(MINUTE.plusSeconds(60L * i), percents[i]);
    }
    return new TargetReading(id, cpu, new TreeMap<>(), new TreeMap<>(), new TreeMap<>());
  }

  @Test
  void aLongBurstIsShownWithTheCpuAndTheLimitOfItsPolicy() {
    Charts.Picture picture = Objects.requireNonNull(Charts.of(report(SECONDS)).get(0).shift());
    assertEquals(
        "Application Load Balancer: t2.large answered 50% to 50% of the requests of 5.00 s."
            + " Application Load Balancer: t2.micro answered 50% to 50% of the requests of 5.00 s."
            + " Leadline: t2.large answered 50% to 100% of the requests of 5.00 s."
            + " Leadline: t2.micro answered 0% to 50% of the requests of 5.00 s.",
        picture.caption());
    String svg = picture.svg();
    assertEquals(2, svg.split("class=\"mark\"", -1).length - 1, "the limit, for each balancer");
    assertEquals(4, svg.split("class=\"curve light", -1).length - 1, "a CPU line for each target");
    assertTrue(svg.contains(">t2.large</text>") && svg.contains(">t2.micro</text>"), svg);
    assertFalse(svg.contains("NaN"), svg);
    String html = HtmlReport.render(report(SECONDS), TitlePage.NONE);
    assertTrue(html.contains(svg), "the picture is in the report");
  }

  @Test
  void aShortBurstHasNoSuchPicture() {
    assertNull(Charts.of(report(60)).get(0).shift());
  }

  /**
   * Catches a verdict on the assignment's second method from bursts in which it cannot do anything.
   */
  @Test
  void aShortBurstIsADoubtAboutThisPolicy() {
    String question = "The policy cloudwatch had time to act";
    assertTrue(
        report(60).findings().doubts().stream().anyMatch(it -> it.question().equals(question)));
    assertFalse(
        report(SECONDS).findings().doubts().stream()
            .anyMatch(it -> it.question().equals(question)));
  }

  @Test
  void theWorkOfARequestIsSaid() {
    assertTrue(
        SetupTable.of(report(60)).rows().stream()
            .map(row -> row.cells().stream().map(Cell::text).toList())
            .anyMatch(
                List.of(
                        "Work",
                        "Each request costs its target the work of about 5 ms of a vCPU (workMillis).")
                    ::equals));
  }

  /** Catches figures that course reports plot and this one does not have. */
  @Test
  void everyTargetGroupHasItsRow() {
    List<CloudWatchReading.Series> series =
        List.of(
            new CloudWatchReading.Series(
                Metrics.REQUEST_COUNT, "Sum", new TreeMap<>(Map.of(MINUTE, 3_000.0))),
            new CloudWatchReading.Series(
                Metrics.REQUESTS_PER_TARGET, "Sum", new TreeMap<>(Map.of(MINUTE, 750.0))));
    Report plain = report(60);
    CloudWatchReading reading =
        new CloudWatchReading(
            State.SETTLED,
            "",
            MINUTE,
            MINUTE,
            2,
            List.of(),
            List.of(),
            0,
            List.of(),
            List.of(
                new CloudWatchReading.GroupReading("alb", "targetgroup/Lead-clus-1/ab", series)));
    assertEquals(
        List.of(List.of("alb", "Lead-clus-1", "3,000", "750.0", "no data")),
        CloudWatchGroupTable.of(Report.of(plain.run(), plain.samples(), reading)).rows().stream()
            .map(row -> row.cells().stream().map(Cell::text).toList())
            .toList());
  }
}
