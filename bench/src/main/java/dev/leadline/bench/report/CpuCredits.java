package dev.leadline.bench.report;

import dev.leadline.bench.cloudwatch.CloudWatchReading.TargetReading;
import dev.leadline.bench.lab.LabDescription.Target;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** CPU credits of burstable instances: without them the result is that of a slowed machine. */
final class CpuCredits {
  /** Five minutes of one vCPU at full load: the next figure may say that nothing is left. */
  static final double FEW = 5;

  private CpuCredits() {}

  /** What there was when the run began; negative if it is not known. */
  static double before(TargetReading reading, Instant begin) {
    double newest = -1;
    for (Map.Entry<Instant, Double> point : reading.credits().entrySet()) {
      if (newest < 0 || !point.getKey().isAfter(begin)) {
        newest = point.getValue();
      }
    }
    return newest;
  }

  /** What the newest figure says; negative if there is none. */
  static double after(TargetReading reading) {
    return reading.credits().values().stream().reduce((older, newer) -> newer).orElse(-1.0);
  }

  /** T3 is launched as "unlimited": without credits it costs more, and is not slowed down. */
  private static boolean goesOnWithout(Target target) {
    return target.type() != null && target.type().startsWith("t3");
  }

  /**
   * Whether every target had enough; empty where none is slowed down without them, or none was
   * read.
   */
  static Optional<ValidityCheck> check(Report report) {
    Instant begin = report.cloudWatch().minuteOf(report.run().firstBurstAt());
    List<String> few = new ArrayList<>();
    double least = Double.POSITIVE_INFINITY;
    for (Target target : report.run().lab().targets()) {
      TargetReading reading = report.cloudWatch().target(target.id()).orElse(null);
      if (reading == null || reading.credits().isEmpty() || goesOnWithout(target)) {
        continue;
      }
      double before = before(reading, begin);
      double after = after(reading);
      least = Math.min(least, Math.min(before, after));
      if (Math.min(before, after) < FEW) {
        few.add(
            String.format(
                Locale.ROOT, "%s (%.1f before, %.1f after)", target.title(), before, after));
      }
    }
    if (least == Double.POSITIVE_INFINITY) {
      return Optional.empty();
    }
    return Optional.of(
        new ValidityCheck(
            "CPU credits left",
            few.isEmpty()
                ? String.format(
                    Locale.ROOT,
                    "No target had fewer than %.1f CPU credits before or after the run.",
                    least)
                : "Credits decide this result: AWS slows an instance without CPU credits to a fraction of its vCPUs, and these had fewer than %.0f: %s. Wait until they have more, or use t3 instances."
                    .formatted(FEW, ReportFormat.list(few)),
            few.isEmpty()));
  }
}
