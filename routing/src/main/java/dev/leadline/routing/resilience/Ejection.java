package dev.leadline.routing.resilience;

import java.time.Duration;

/**
 * Outlier ejection: when a target gets no requests for a while because it did worse than the
 * others. The rules and most defaults are Envoy's, except the rule on response time, which Envoy
 * does not have (its issue 288).
 *
 * @param consecutiveFailures failures in a row that eject a target at once; 0 turns the rule off
 * @param successDeviations ejects a target whose success rate in an interval is this many standard
 *     deviations, and at least 5 percentage points, below the mean of all; 0 turns the rule off.
 *     Applies when at least five targets had 100 requests each
 * @param slowerTimes ejects a target whose mean response time in an interval is this many times the
 *     median of all; 0 turns the rule off. Applies when at least three targets had 20 answers each
 * @param interval over which success rates and response times are measured
 * @param base length of the first ejection; the n-th in a row lasts n times as long
 * @param longest upper limit of an ejection's length
 * @param mostShare largest share of the group that may be ejected at a time, 0 to 1; one target may
 *     always be, if another is left
 */
public record Ejection(
    int consecutiveFailures,
    double successDeviations,
    double slowerTimes,
    Duration interval,
    Duration base,
    Duration longest,
    double mostShare) {

  /** Five failures in a row, or 1.9 deviations; 30 s, up to 5 minutes; a tenth of the group. */
  public static final Ejection DEFAULT =
      new Ejection(
          5, 1.9, 0, Duration.ofSeconds(10), Duration.ofSeconds(30), Duration.ofMinutes(5), 0.1);

  /** Ejects nothing. */
  public static final Ejection OFF =
      new Ejection(0, 0, 0, Duration.ofSeconds(10), Duration.ZERO, Duration.ZERO, 0);

  /** Whether any rule is on. */
  public boolean isOn() {
    return consecutiveFailures > 0 || successDeviations > 0 || slowerTimes > 0;
  }
}
