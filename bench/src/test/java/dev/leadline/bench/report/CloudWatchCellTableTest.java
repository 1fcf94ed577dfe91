package dev.leadline.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.leadline.bench.Samples;
import dev.leadline.bench.cloudwatch.CloudWatchReading;
import dev.leadline.bench.cloudwatch.CloudWatchReading.BalancerReading;
import dev.leadline.bench.cloudwatch.CloudWatchReading.Series;
import dev.leadline.bench.cloudwatch.CloudWatchReading.State;
import dev.leadline.bench.cloudwatch.Metrics;
import dev.leadline.bench.lab.LabDescription.MetricScope;
import dev.leadline.bench.plan.Pace;
import dev.leadline.bench.plan.Phase;
import dev.leadline.bench.record.Run;
import dev.leadline.bench.record.Run.BurstRecord;
import dev.leadline.bench.record.RunSamples;
import dev.leadline.bench.report.table.Cell;
import dev.leadline.bench.report.table.Table;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class CloudWatchCellTableTest {
  private static final Instant MINUTE = Instant.parse("2026-03-01T12:00:00Z");

  /** Bursts in the order of the plan, each in the minute of its place in it. */
  private static Report report(Pace pace) {
    Run run = Samples.run(Samples.lab(), 2);
    List<BurstRecord> bursts = new ArrayList<>();
    for (BurstRecord burst : run.bursts()) {
      bursts.add(
          new BurstRecord(
              burst.phase(),
              burst.round(),
              burst.path(),
              burst.balancer(),
              MINUTE.plusSeconds(60L * bursts.size() + 2),
              burst.maxInFlight(),
              burst.maxAwaitingAnswer(),
              burst.addresses(),
              burst.requests()));
    }
    Run.Settings s = run.settings();
    Run paced =
        new Run(
            run.benchVersion(),
            run.state(),
            run.startedAt(),
            run.endedAt(),
            new Run.Settings(
                s.seed(), s.requests(), s.rounds(), s.warmUps(), pace, s.timeoutMillis(), false),
            run.client(),
            run.lab(),
            run.remarks(),
            run.plan(),
            bursts);
    TreeMap<Instant, Double> counts = new TreeMap<>();
    TreeMap<Instant, Double> p99 = new TreeMap<>();
    for (BurstRecord burst : bursts) {
      if (burst.balancer().equals("alb")) {
        Instant minute = burst.startedAt().minusSeconds(2);
        boolean measured = burst.phase() == Phase.MEASURED;
        counts.put(minute, measured ? 10.0 : 1000.0);
        p99.put(minute, measured ? 0.1 * burst.round() : 99.0);
      }
    }
    BalancerReading alb =
        new BalancerReading(
            "alb",
            new MetricScope("N", Map.of()),
            30,
            30,
            30,
            List.of(
                new Series(Metrics.REQUEST_COUNT, "Sum", counts),
                new Series(Metrics.RESPONSE_TIME, "p99", p99)));
    return Report.of(
        paced,
        RunSamples.of(Samples.samples(paced, name -> 100L)),
        new CloudWatchReading(State.SETTLED, "", MINUTE, MINUTE, 2, List.of(alb), List.of()));
  }

  /** Fails when minutes of warm-up, of other rounds or of the other balancer are mixed in. */
  @Test
  void aCellHasTheMinutesOfItsOwnBursts() {
    List<Table.Row> rows = CloudWatchCellTable.of(report(Pace.MINUTE)).rows();

    assertEquals(1, rows.size());
    assertEquals(
        List.of(
            "/p",
            "alb",
            "20",
            "20",
            "0",
            "0",
            "110 to 111 ms",
            "no data",
            "no data",
            "no data",
            "100 to 200 ms"),
        rows.get(0).cells().stream().map(Cell::text).toList());
  }

  @Test
  void burstsThatShareMinutesCannotBeToldApart() {
    assertEquals(List.of(), CloudWatchCellTable.of(report(Pace.NONE)).rows());
  }
}
