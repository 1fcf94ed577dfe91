package dev.leadline.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.leadline.bench.SampleBuilder;
import dev.leadline.bench.Samples;
import dev.leadline.bench.plan.Arrivals;
import dev.leadline.bench.plan.Load;
import dev.leadline.bench.plan.Pattern;
import dev.leadline.bench.plan.Phase;
import dev.leadline.bench.record.Run;
import dev.leadline.bench.record.Run.BurstRecord;
import dev.leadline.bench.record.Run.Step;
import dev.leadline.bench.record.Sample;
import dev.leadline.bench.report.table.Cell;
import dev.leadline.bench.report.table.Table;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class StepsTableTest {
  /** Intervals that were not measured are no intervals without requests. */
  @Test
  void anInterruptedSoakHasIntervalsUntilThen() {
    Load soak =
        new Load(Pattern.SOAK, 0, 9, true, 1, 10, 10, 1, Arrivals.CONSTANT, 60_000, 1_000, 1);
    Run run = Samples.with(Samples.run(Samples.lab(), 1), soak);
    BurstRecord burst =
        run.bursts().stream().filter(b -> b.phase() == Phase.MEASURED).findFirst().orElseThrow();
    List<Sample> samples = new ArrayList<>();
    for (int index = 0; index < 16; index++) {
      long due = index * 100L * Samples.MILLI;
      samples.add(
          SampleBuilder.of(burst.planned(), index).due(due).answered(due + Samples.MILLI).build());
    }
    Table table = StepsTable.of(Samples.report(Samples.interrupted(run, List.of(burst)), samples));

    assertEquals(
        List.of(List.of("0.000", "10"), List.of("1.000", "10")),
        table.rows().stream()
            .map(row -> row.cells().subList(3, 5).stream().map(Cell::text).toList())
            .toList());
  }

  /** Of three steps, two had ended. */
  @Test
  void anInterruptedRampSaysWhereItEnded() {
    Load ramp = new Load(Pattern.RAMP, 0, 9, true, 1, 10, 30, 3, Arrivals.CONSTANT, 1_000, 0, 1);
    Run run = Samples.with(Samples.run(Samples.lab(), 1), ramp);
    BurstRecord whole =
        run.bursts().stream().filter(b -> b.phase() == Phase.MEASURED).findFirst().orElseThrow();
    List<Step> steps =
        List.of(
            new Step(10, 0, 1_000 * Samples.MILLI),
            new Step(20, 2_000 * Samples.MILLI, 1_000 * Samples.MILLI));
    List<Sample> samples = new ArrayList<>();
    for (Step step : steps) {
      for (int i = 0; i < step.perSecond(); i++) {
        long due = step.startNanos() + i * 1_000L * Samples.MILLI / (long) step.perSecond();
        samples.add(
            SampleBuilder.of(whole.planned(), samples.size())
                .due(due)
                .answered(due + Samples.MILLI)
                .build());
      }
    }
    BurstRecord burst =
        new BurstRecord(
            whole.phase(),
            whole.round(),
            whole.path(),
            whole.balancer(),
            whole.startedAt(),
            1,
            1,
            whole.addresses(),
            samples.size(),
            1,
            steps,
            null);
    Table table = StepsTable.of(Samples.report(Samples.interrupted(run, List.of(burst)), samples));

    assertEquals(
        "%s, round 1: No knee up to 20 requests/s. The ramp was interrupted before its step of 30 requests/s had ended."
            .formatted(burst.cell()),
        table.notes().get(1));
  }
}
