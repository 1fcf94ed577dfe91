package dev.leadline.bench.report;

import dev.leadline.bench.stats.BalancerComparison;
import dev.leadline.bench.stats.BalancerComparison.Figure;
import dev.leadline.bench.stats.BalancerComparison.Outcome;
import dev.leadline.bench.stats.Spread;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/** How reports write figures; the same in every format. */
public final class ReportFormat {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final double NANOS_PER_MILLI = 1e6;

  private ReportFormat() {}

  /** Milliseconds with three significant digits at least: 4.21, 42.1, 421, 4,210. */
  public static String millis(double nanos) {
    double millis = nanos / NANOS_PER_MILLI;
    String format = millis < 9.995 ? "%.2f" : millis < 99.95 ? "%.1f" : "%,.0f";
    return String.format(Locale.ROOT, format, millis);
  }

  public static String millis(long nanos) {
    return millis((double) nanos);
  }

  /** Seconds, to the millisecond below ten. */
  public static String seconds(double nanos) {
    double seconds = nanos / 1e9;
    return String.format(Locale.ROOT, seconds < 9.9995 ? "%.3f" : "%,.1f", seconds);
  }

  public static String seconds(long nanos) {
    return seconds((double) nanos);
  }

  /** The range over the rounds in milliseconds: {@code 421 to 450}. */
  public static String range(Spread nanos) {
    String min = millis(nanos.min());
    String max = millis(nanos.max());
    return min.equals(max) ? min : min + " to " + max;
  }

  public static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  public static String time(Instant instant) {
    return TIME.format(instant);
  }

  /** {@code a}, {@code a and b}, {@code a, b and c}. */
  public static String list(List<String> items) {
    int last = items.size() - 1;
    return last < 1
        ? String.join("", items)
        : String.join(", ", items.subList(0, last)) + " and " + items.get(last);
  }

  /** With a capital letter and a full stop. */
  public static String sentence(String text) {
    return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1) + ".";
  }

  /** What a comparison shows: {@code 34% less time}. */
  public static String outcome(BalancerComparison comparison) {
    if (comparison.outcome() == Outcome.NO_CLEAR_DIFFERENCE) {
      return "no clear difference";
    }
    if (comparison.outcome() == Outcome.TOO_FEW_ROUNDS) {
      return "too few rounds";
    }
    long percent = Math.round(Math.abs(comparison.change()) * 100);
    return percent + "% " + (comparison.change() < 0 ? "less time" : "more time");
  }

  /** What a figure means, for somebody who does not know percentiles. */
  public static String meaning(Figure figure) {
    return switch (figure) {
      case P50 -> "typical (p50)";
      case P99 -> "slowest 1% (p99)";
      case TOTAL -> "whole burst";
    };
  }

  /** The rule behind the verdicts, and how far to trust it. */
  public static String rule(int rounds) {
    if (rounds < BalancerComparison.FEWEST_ROUNDS) {
      return "Nothing is compared below %d rounds: fewer do not show how much a figure varies by itself."
          .formatted(BalancerComparison.FEWEST_ROUNDS);
    }
    return ("A difference is shown when the ranges over the %d rounds do not touch and the medians"
            + " differ by %.0f%% or more. Two equal balancers would show ranges that do not touch in"
            + " 1 of %d comparisons.")
        .formatted(
            rounds,
            BalancerComparison.SMALLEST_DIFFERENCE * 100,
            BalancerComparison.chanceOneIn(rounds));
  }
}
