package dev.leadline.bench.report;

import dev.leadline.bench.plan.Load;
import dev.leadline.bench.plan.Pattern;
import dev.leadline.bench.plan.Phase;
import dev.leadline.bench.record.Run;
import dev.leadline.bench.record.Run.BurstRecord;
import dev.leadline.bench.record.Run.Step;
import dev.leadline.bench.report.table.Cell;
import dev.leadline.bench.report.table.Cell.Style;
import dev.leadline.bench.report.table.Table;
import dev.leadline.bench.report.table.Table.Column;
import dev.leadline.bench.report.table.Table.Row;
import dev.leadline.bench.stats.Knee;
import dev.leadline.bench.stats.StepFigures;
import java.util.ArrayList;
import java.util.List;

/** The steps of ramps with their knee, and the intervals of soaks. */
final class StepsTable {
  private StepsTable() {}

  /** Empty for every other load. */
  static Table of(Report report) {
    Load load = report.run().settings().load();
    boolean ramp = load.pattern() == Pattern.RAMP;
    List<String> notes = new ArrayList<>();
    List<Row> rows = new ArrayList<>();
    if (ramp || load.pattern() == Pattern.SOAK) {
      notes.add(
          ramp
              ? "A step is beyond the knee when more than 1% of its requests fail, less than 95% are"
                  + " answered in time, or its median latency is above twice the lowest median"
                  + " before it (and 1 ms more). Two such steps end a ramp."
              : "Figures of the requests that were due in each interval.");
      for (BurstRecord burst : report.run().bursts()) {
        if (burst.phase() == Phase.MEASURED) {
          List<StepFigures> figures =
              figures(report, burst, ramp ? burst.steps() : intervals(report, burst));
          figures.forEach(step -> rows.add(row(report, burst, step)));
          if (ramp) {
            Knee knee = Knee.of(figures);
            notes.add(
                "%s, round %d: %s%s"
                    .formatted(
                        burst.cell(),
                        burst.round(),
                        knee.sentence(),
                        interruption(load, burst, knee)));
          }
        }
      }
    }
    return new Table(
        ramp ? "Steps of rising rate, time in ms" : "Intervals, time in ms",
        notes,
        List.of(
            Column.left("Path"),
            Column.left("Balancer"),
            Column.right("round"),
            Column.right("at s"),
            Column.right("due/s"),
            Column.right("answered/s"),
            Column.right("p50"),
            Column.right("p99"),
            Column.right("max"),
            Column.right("failed")),
        rows);
  }

  /** A ramp ends by itself after its last step, or beyond the knee. */
  private static String interruption(Load load, BurstRecord burst, Knee knee) {
    int ended = burst.steps().size();
    return ended == load.steps() || knee.passed()
        ? ""
        : " The ramp was interrupted before its step of %s requests/s had ended."
            .formatted(ReportFormat.count(Math.round(load.rates().get(ended))));
  }

  private static List<StepFigures> figures(Report report, BurstRecord burst, List<Step> steps) {
    return StepFigures.of(
        steps,
        reader -> report.samples().forEach(burst, reader),
        report.run().settings().timeoutMillis() * 1_000_000);
  }

  private static List<Step> intervals(Report report, BurstRecord burst) {
    Load load = report.run().settings().load();
    long end = endNanos(report, burst);
    List<Step> intervals = new ArrayList<>();
    for (long start = 0; start < end; start += load.intervalMillis() * 1_000_000) {
      long length = Math.min(load.intervalMillis() * 1_000_000, end - start);
      intervals.add(new Step(load.perSecond(), start, length));
    }
    return intervals;
  }

  /** The last burst of an interrupted run ended when its next request would have been due. */
  private static long endNanos(Report report, BurstRecord burst) {
    List<BurstRecord> bursts = report.run().bursts();
    boolean cut =
        report.run().state() == Run.State.INTERRUPTED && bursts.indexOf(burst) == bursts.size() - 1;
    long planned = report.run().settings().load().durationMillis() * 1_000_000;
    return report.figures().bursts().stream()
        .filter(figures -> cut && figures.burst().equals(burst) && figures.requests() > 1)
        .mapToLong(it -> (long) ((double) it.sendingNanos() * it.requests() / (it.requests() - 1)))
        .map(end -> Math.min(planned, end))
        .findFirst()
        .orElse(planned);
  }

  private static Row row(Report report, BurstRecord burst, StepFigures step) {
    return Row.of(
        Cell.code(burst.path()),
        report.balancerCell(burst.balancer()),
        Cell.of(Integer.toString(burst.round())),
        Cell.of(ReportFormat.seconds(step.step().startNanos())),
        Cell.of(ReportFormat.count(Math.round(step.offeredPerSecond()))),
        Cell.of(ReportFormat.count(Math.round(step.answeredPerSecond()))),
        Cell.of(ReportFormat.millis(step.latency().p50Nanos())),
        Cell.of(ReportFormat.millis(step.latency().p99Nanos())),
        Cell.of(ReportFormat.millis(step.latency().maxNanos())),
        Cell.of(ReportFormat.count(step.failed()))
            .as(step.failed() == 0 ? Style.PLAIN : Style.BAD));
  }
}
