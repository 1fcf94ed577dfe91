package dev.leadline.bench.report;

import dev.leadline.bench.cloudwatch.CloudWatchReading;
import dev.leadline.bench.lab.LabDescription;
import dev.leadline.bench.plan.Pattern;
import dev.leadline.bench.plan.Phase;
import dev.leadline.bench.record.Audit;
import dev.leadline.bench.record.Run;
import dev.leadline.bench.record.Run.BurstRecord;
import dev.leadline.bench.stats.BurstFigures;
import dev.leadline.bench.stats.CellFigures;
import dev.leadline.bench.stats.Drift;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/** The conditions under which the figures of a run can be trusted. */
final class ValidityChecks {
  /** A request begun later than this after its intended send was held up by the client itself. */
  static final long MAX_SKEW_NANOS = 100_000_000;

  /** A trend by chance in one of a hundred steady runs. */
  private static final double DRIFT_LEVEL = 0.01;

  static final String ANSWERED = "Every request answered";
  static final String CLOUDWATCH = "Counts agree with CloudWatch";

  private ValidityChecks() {}

  static List<ValidityCheck> of(Report report) {
    List<ValidityCheck> checks = new ArrayList<>();
    checks.add(complete(report));
    if (!report.figures().controls().isEmpty()) {
      checks.add(ControlCheck.of(report.figures()));
    }
    report.figures().drift().ifPresent(drift -> checks.add(steady(report, drift)));
    if (report.run().settings().load().pattern() == Pattern.BURST) {
      checks.add(inFlight(report));
    }
    checks.add(
        report.run().bursts().stream().allMatch(b -> b.audit() == null)
            ? skew(report)
            : client(report));
    checks.add(
        new ValidityCheck(
            ANSWERED, Findings.answered(report.figures()), report.figures().failed() == 0));
    if (report.run().lab().paths().stream().anyMatch(path -> !path.targets().isEmpty())) {
      checks.add(rightTargets(report));
    }
    CpuCredits.check(report).ifPresent(checks::add);
    Shift.check(report).ifPresent(checks::add);
    CloudWatchReading cloudWatch = report.cloudWatch();
    if (cloudWatch.state() != CloudWatchReading.State.NOT_ASKED) {
      checks.add(new ValidityCheck(CLOUDWATCH, cloudWatch.detail(), !cloudWatch.disagrees()));
    }
    return checks;
  }

  private static ValidityCheck complete(Report report) {
    Run run = report.run();
    boolean complete = run.state() == Run.State.COMPLETE;
    long ended =
        run.bursts().stream()
            .filter(burst -> burst.phase() == Phase.WARM_UP || burst.phase() == Phase.MEASURED)
            .count();
    return new ValidityCheck(
        "Every planned burst run",
        "%d of %d bursts, the %d warm-up bursts of each cell included"
                .formatted(ended, run.plan().size(), report.warmUpsOfEachCell())
            + (complete ? "." : "; the run was " + run.state().label() + "."),
        complete && ended == run.plan().size());
  }

  private static ValidityCheck steady(Report report, Drift drift) {
    boolean drifts =
        drift.pValue() < DRIFT_LEVEL
            && Math.abs(drift.change()) >= report.run().settings().smallestDifference();
    return new ValidityCheck(
        "No drift over the rounds",
        "From the first to the last round the bursts' total time changed by %s, along a straight line (p %s). %s"
            .formatted(
                ReportFormat.change(drift.change()),
                ReportFormat.pValue(drift.pValue()),
                drifts
                    ? "Rounds are compared one by one, so this harms all balancers alike; but the lab was not in one state."
                    : "That is no trend, or one that is too small to matter."),
        !drifts);
  }

  private static ValidityCheck inFlight(Report report) {
    int requests = report.run().settings().requests();
    List<BurstFigures> measured = measured(report);
    int begun = measured.stream().mapToInt(b -> b.burst().maxInFlight()).min().orElse(0);
    int written = measured.stream().mapToInt(b -> b.burst().maxAwaitingAnswer()).min().orElse(0);
    return new ValidityCheck(
        "All requests in flight at once",
        "In every measured burst at least %,d of %,d were begun and unfinished at one moment, and %,d written and waiting for their answer."
            .formatted(begun, requests, written),
        begun == requests);
  }

  private static ValidityCheck skew(Report report) {
    long worst = measured(report).stream().mapToLong(BurstFigures::maxSkewNanos).max().orElse(0);
    return new ValidityCheck(
        "Sent when intended",
        "The latest request of any measured burst was begun %s ms after its intended send (allowed: %s ms)."
            .formatted(ReportFormat.millis(worst), ReportFormat.millis(MAX_SKEW_NANOS)),
        worst <= MAX_SKEW_NANOS);
  }

  /** What the client found out about itself. */
  private static ValidityCheck client(Report report) {
    List<BurstRecord> measured = measured(report).stream().map(BurstFigures::burst).toList();
    List<Audit> audits =
        measured.stream().map(BurstRecord::audit).filter(Objects::nonNull).toList();
    List<BurstRecord> spoiled = measured.stream().filter(BurstRecord::spoiled).toList();
    String worst =
        "In the worst measured burst, requests were begun up to %s ms after their intended send (99 of 100: %s ms), garbage collection took %d ms, and the client used %.0f%% of the processors."
            .formatted(
                ReportFormat.millis(max(audits, Audit::skewMaxNanos)),
                ReportFormat.millis(max(audits, Audit::skewP99Nanos)),
                max(audits, Audit::gcMillis),
                audits.stream().mapToDouble(Audit::cpuShare).max().orElse(0) * 100);
    Optional<BurstRecord> atInterruption =
        Optional.of(report.run())
            .filter(run -> run.state() == Run.State.INTERRUPTED)
            .flatMap(run -> run.bursts().stream().reduce((earlier, later) -> later));
    return new ValidityCheck(
        "Not spoiled by the client itself",
        worst
            + voids(report.run(), atInterruption)
            + because(
                " Some were still spoiled after their last attempt, and count all the same: %s.",
                spoiled.stream().filter(burst -> !atInterruption.equals(Optional.of(burst))))
            + because(
                " The last one before the interruption was spoiled and was not repeated, and counts all the same: %s.",
                spoiled.stream().filter(burst -> atInterruption.equals(Optional.of(burst)))),
        spoiled.isEmpty());
  }

  /** Void bursts were repeated, but for one at which the run was interrupted. */
  private static String voids(Run run, Optional<BurstRecord> atInterruption) {
    boolean last = atInterruption.filter(burst -> burst.phase() == Phase.VOID).isPresent();
    long repeated =
        run.bursts().stream().filter(burst -> burst.phase() == Phase.VOID).count() - (last ? 1 : 0);
    return (repeated > 0 ? " Bursts that were void and were repeated: %d.".formatted(repeated) : "")
        + (last ? " One was void and was not repeated, because the run was interrupted." : "")
        + (repeated == 0 && !last ? " No burst was void." : "");
  }

  private static String because(String sentence, Stream<BurstRecord> spoiled) {
    List<String> limits =
        spoiled
            .flatMap(burst -> Objects.requireNonNull(burst.audit()).limits().stream())
            .distinct()
            .toList();
    return limits.isEmpty() ? "" : sentence.formatted(ReportFormat.list(limits));
  }

  private static long max(List<Audit> audits, ToLongFunction<Audit> figure) {
    return audits.stream().mapToLong(figure).max().orElse(0);
  }

  private static ValidityCheck rightTargets(Report report) {
    List<String> strangers = new ArrayList<>();
    for (LabDescription.MeasuredPath path : report.run().lab().paths()) {
      Set<String> allowed = Set.copyOf(path.targets());
      for (CellFigures cell : Findings.cellsOf(report.figures(), path.path())) {
        cell.perTarget().keySet().stream()
            .filter(id -> !allowed.isEmpty() && !allowed.contains(id))
            .forEach(id -> strangers.add(id + " on " + cell.cell()));
      }
    }
    return new ValidityCheck(
        "Answered by the path's own targets",
        strangers.isEmpty()
            ? "No answer came from an instance that does not serve its path."
            : "Answers came from instances that do not serve the path: %s."
                .formatted(ReportFormat.list(strangers)),
        strangers.isEmpty());
  }

  private static List<BurstFigures> measured(Report report) {
    return report.figures().bursts().stream()
        .filter(burst -> burst.burst().phase() == Phase.MEASURED)
        .toList();
  }
}
