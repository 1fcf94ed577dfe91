package dev.leadline.bench.report;

import dev.leadline.bench.cloudwatch.CloudWatchReading;
import dev.leadline.bench.lab.Lab;
import dev.leadline.bench.plan.Phase;
import dev.leadline.bench.record.Run;
import dev.leadline.bench.stats.BurstFigures;
import dev.leadline.bench.stats.CellFigures;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What must hold of a run before its figures mean what they seem to. */
final class Checks {
  /** A request begun later than this after its intended send was held up by the client itself. */
  static final long MAX_SKEW_NANOS = 100_000_000;

  static final String ANSWERED = "Every request answered";
  static final String CLOUDWATCH = "Counts agree with CloudWatch";

  private Checks() {}

  static List<Check> of(Report report) {
    List<Check> checks = new ArrayList<>();
    checks.add(complete(report));
    checks.add(inFlight(report));
    checks.add(skew(report));
    checks.add(
        new Check(ANSWERED, Findings.answered(report.figures()), report.figures().failed() == 0));
    if (report.run().lab().paths().stream().anyMatch(path -> !path.targets().isEmpty())) {
      checks.add(rightTargets(report));
    }
    CloudWatchReading cloudWatch = report.cloudWatch();
    if (cloudWatch.state() != CloudWatchReading.State.NOT_ASKED) {
      checks.add(new Check(CLOUDWATCH, cloudWatch.detail(), !cloudWatch.disagrees()));
    }
    return checks;
  }

  private static Check complete(Report report) {
    Run run = report.run();
    boolean complete = run.state() == Run.State.COMPLETE;
    return new Check(
        "Every planned burst run",
        "%d of %d bursts, the %d warm-up bursts of each cell included"
                .formatted(run.bursts().size(), run.plan().size(), run.settings().warmUps())
            + (complete ? "." : "; the run was " + run.state().label() + "."),
        complete && run.bursts().size() == run.plan().size());
  }

  private static Check inFlight(Report report) {
    int requests = report.run().settings().requests();
    List<BurstFigures> measured = measured(report);
    int begun = measured.stream().mapToInt(b -> b.burst().maxInFlight()).min().orElse(0);
    int written = measured.stream().mapToInt(b -> b.burst().maxAwaitingAnswer()).min().orElse(0);
    return new Check(
        "All requests in flight at once",
        "In every measured burst at least %,d of %,d were begun and unfinished at one moment, and %,d written and waiting for their answer."
            .formatted(begun, requests, written),
        begun == requests);
  }

  private static Check skew(Report report) {
    long worst = measured(report).stream().mapToLong(BurstFigures::maxSkewNanos).max().orElse(0);
    return new Check(
        "Sent when intended",
        "The latest request of any measured burst was begun %s ms after its intended send (allowed: %s ms)."
            .formatted(Words.millis(worst), Words.millis(MAX_SKEW_NANOS)),
        worst <= MAX_SKEW_NANOS);
  }

  private static Check rightTargets(Report report) {
    List<String> strangers = new ArrayList<>();
    for (Lab.MeasuredPath path : report.run().lab().paths()) {
      Set<String> allowed = Set.copyOf(path.targets());
      for (CellFigures cell : Findings.cellsOf(report.figures(), path.path())) {
        cell.perTarget().keySet().stream()
            .filter(id -> !allowed.isEmpty() && !allowed.contains(id))
            .forEach(id -> strangers.add(id + " on " + cell.cell()));
      }
    }
    return new Check(
        "Answered by the path's own targets",
        strangers.isEmpty()
            ? "No answer came from an instance that does not serve its path."
            : "Answers came from instances that do not serve the path: %s."
                .formatted(Words.list(strangers)),
        strangers.isEmpty());
  }

  private static List<BurstFigures> measured(Report report) {
    return report.figures().bursts().stream()
        .filter(burst -> burst.burst().phase() == Phase.MEASURED)
        .toList();
  }
}
