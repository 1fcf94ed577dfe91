package dev.leadline.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.leadline.bench.Samples;
import dev.leadline.bench.plan.Arrivals;
import dev.leadline.bench.plan.Load;
import dev.leadline.bench.plan.Pattern;
import dev.leadline.bench.plan.Phase;
import dev.leadline.bench.record.Run;
import dev.leadline.bench.record.Run.BurstRecord;
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
          new Sample(
              Phase.MEASURED,
              burst.round(),
              burst.path(),
              burst.balancer(),
              index,
              due,
              due,
              due,
              due + Samples.MILLI,
              due + Samples.MILLI,
              200,
              "i-1",
              null));
    }
    Table table = StepsTable.of(Samples.report(Samples.interrupted(run, List.of(burst)), samples));

    assertEquals(
        List.of(List.of("0.000", "10"), List.of("1.000", "10")),
        table.rows().stream()
            .map(row -> row.cells().subList(3, 5).stream().map(Cell::text).toList())
            .toList());
  }
}
