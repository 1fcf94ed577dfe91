package dev.leadline.bench.stats;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Where a server can no longer follow a rising rate. A step is beyond the knee when more than 1% of
 * its requests fail, when less than 95% are answered in time, or when the median latency is above
 * twice the lowest median of an earlier step (and 1 ms more). One such step may be chance: the knee
 * is found when two follow each other.
 *
 * @param last the highest step before the knee; null when already the first was beyond it
 * @param beyond the first step beyond it; null when none was
 * @param reason why that one is beyond it; empty when none is
 * @param passed whether the knee is found
 */
public record Knee(
    @Nullable StepFigures last, @Nullable StepFigures beyond, String reason, boolean passed) {

  private static final double MAX_FAILED_SHARE = 0.01;
  private static final double MIN_ANSWERED_SHARE = 0.95;
  private static final double MAX_MEDIAN_RATIO = 2;
  private static final long MEDIAN_SLACK_NANOS = 1_000_000;

  /**
   * Looks for the knee.
   *
   * @param steps by rising rate
   */
  public static Knee of(List<StepFigures> steps) {
    long lowestMedian = Long.MAX_VALUE;
    StepFigures last = null;
    StepFigures beyond = null;
    String reason = "";
    for (StepFigures step : steps) {
      String found = reason(step, lowestMedian);
      if (found.isEmpty()) {
        last = step;
        beyond = null;
        reason = "";
      } else if (beyond != null) {
        return new Knee(last, beyond, reason, true);
      } else {
        beyond = step;
        reason = found;
      }
      if (step.requests() > 0) {
        lowestMedian = Math.min(lowestMedian, step.latency().p50Nanos());
      }
    }
    // The rate of a last step cannot be followed by a higher one that would confirm it.
    return new Knee(last, beyond, reason, false);
  }

  private static String reason(StepFigures step, long lowestMedian) {
    if (step.failed() > step.requests() * MAX_FAILED_SHARE) {
      return String.format(
          Locale.ROOT,
          "%.1f%% of the requests failed",
          100.0 * step.failed() / Math.max(1, step.requests()));
    }
    if (step.answeredPerSecond() < step.offeredPerSecond() * MIN_ANSWERED_SHARE) {
      return String.format(
          Locale.ROOT, "only %,.0f requests/s were answered in time", step.answeredPerSecond());
    }
    long median = step.latency().p50Nanos();
    boolean slow =
        lowestMedian != Long.MAX_VALUE
            && median > lowestMedian * MAX_MEDIAN_RATIO
            && median > lowestMedian + MEDIAN_SLACK_NANOS;
    return slow
        ? String.format(
            Locale.ROOT,
            "the median latency rose from %.1f ms to %.1f ms",
            lowestMedian / 1e6,
            median / 1e6)
        : "";
  }

  /** What was found, in a sentence. */
  public String sentence() {
    if (beyond == null) {
      return last == null
          ? "No request was sent."
          : String.format(Locale.ROOT, "No knee up to %,.0f requests/s.", last.step().perSecond());
    }
    String where =
        last == null
            ? String.format(
                Locale.ROOT, "The knee is below %,.0f requests/s", beyond.step().perSecond())
            : String.format(
                Locale.ROOT, "The knee is at %,.0f requests/s", last.step().perSecond());
    return String.format(
        Locale.ROOT,
        "%s: at %,.0f requests/s %s%s.",
        where,
        beyond.step().perSecond(),
        reason,
        passed ? "" : " (in one step only, which may be chance)");
  }
}
