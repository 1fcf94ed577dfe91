package dev.leadline.balancer.config;

import java.time.Duration;

/** How the configuration file writes values. */
public final class Notation {

  private Notation() {}

  /** A time span in the largest unit that fits: {@code 500ms}, {@code 10s}, {@code 1m}. */
  public static String of(Duration duration) {
    long millis = duration.toMillis();
    if (millis % 60_000 == 0) {
      return millis / 60_000 + "m";
    }
    return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
  }

  /** A number, without a fraction that says nothing. */
  public static String of(double number) {
    return number == Math.rint(number) ? Long.toString((long) number) : Double.toString(number);
  }
}
