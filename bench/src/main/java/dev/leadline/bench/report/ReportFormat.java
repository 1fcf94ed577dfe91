package dev.leadline.bench.report;

import dev.leadline.bench.stats.Spread;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/** How reports write figures: the same in the terminal, in HTML and in LaTeX. */
public final class ReportFormat {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'", Locale.ROOT).withZone(ZoneOffset.UTC);

  private ReportFormat() {}

  /** Milliseconds with three significant digits at least: 4.21, 42.1, 421, 4,210. */
  public static String millis(double nanos) {
    double millis = nanos / 1e6;
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

  /** The range of some minutes' values: {@code 421 to 450 ms}. */
  public static String rangeOfSeconds(Collection<Double> seconds) {
    return seconds.isEmpty()
        ? "no data"
        : range(Spread.of(seconds.stream().mapToLong(s -> Math.round(s * 1e9)).toArray())) + " ms";
  }

  /** A change with its sign: {@code +1.2%}, {@code -18%}. */
  static String change(double share) {
    double percent = share * 100;
    return String.format(Locale.ROOT, Math.abs(percent) < 9.95 ? "%+.1f%%" : "%+,.0f%%", percent);
  }

  /** A share without its sign: {@code 1.2%}, {@code 5%}, {@code 18%}. */
  static String percent(double share) {
    return change(Math.abs(share)).substring(1).replace(".0%", "%");
  }

  /** {@code 0.031}, or {@code below 0.001}. */
  static String pValue(double p) {
    return p < 0.001 ? "below 0.001" : String.format(Locale.ROOT, "%.3f", p);
  }

  public static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  /** With three significant digits at least: 0.42, 4.21, 42.1, 4,210. */
  public static String rate(double perSecond) {
    return millis(perSecond * 1e6);
  }

  /**
   * A share in percent. Only what is whole reads 100%: 99,999 of 100,000 are 99.999%, and one of a
   * billion lost still shows as below 100.
   */
  public static String percent(long part, long whole) {
    if (part == whole) {
      return "100%";
    }
    double percent = Math.floor(100_000.0 * part / whole) / 1000;
    return String.format(Locale.ROOT, percent < 99.9 ? "%.1f%%" : "%.3f%%", percent);
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
}
