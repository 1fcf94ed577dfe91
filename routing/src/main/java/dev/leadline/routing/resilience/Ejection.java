package dev.leadline.routing.resilience;

import dev.leadline.routing.option.OptionValues;
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

  /** What holds where nothing is configured. */
  public static final Ejection DEFAULT = of(OptionValues.DEFAULTS);

  /** Ejects nothing. */
  public static final Ejection OFF =
      new Ejection(0, 0, 0, Duration.ofSeconds(10), Duration.ZERO, Duration.ZERO, 0);

  /** Reads the rules. */
  public static Ejection of(OptionValues values) {
    return new Ejection(
        values.integer(
            "consecutiveFailures",
            5,
            0,
            1000,
            "requests",
            "Failed requests in a row that ejects a target at once; 0: never."),
        values.number(
            "successDeviations",
            1.9,
            0,
            10,
            "standard deviations",
            "A target is ejected when its success rate is below the mean of all targets by this"
                + " number of standard deviations and by 5 percentage points; 0: never. Five"
                + " targets with 100 requests each in an interval are needed."),
        values.number(
            "slowerTimes",
            0,
            0,
            1000,
            "times",
            "A target is ejected when its mean response time is this number of times the median of"
                + " all targets; 0: never. Three targets with 20 answers each in an interval are"
                + " needed."),
        values.duration(
            "interval",
            "10s",
            "100ms",
            "60m",
            "Success rates and response times are measured over this time."),
        values.duration(
            "base",
            "30s",
            "100ms",
            "60m",
            "How long the first ejection of a target lasts; the n-th in a row lasts n times as"
                + " long."),
        values.duration("longest", "5m", "100ms", "60m", "No ejection lasts longer."),
        values.number(
            "mostShare",
            0.1,
            0,
            1,
            "share",
            "Largest share of the group that is ejected at the same time; one target may always be"
                + " ejected while another is left."));
  }

  /** Whether any rule is on. */
  public boolean isOn() {
    return consecutiveFailures > 0 || successDeviations > 0 || slowerTimes > 0;
  }
}
