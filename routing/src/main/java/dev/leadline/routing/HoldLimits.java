package dev.leadline.routing;

import dev.leadline.routing.option.OptionValues;
import java.time.Duration;

/**
 * How many requests of a group may wait for a target, and how long.
 *
 * @param most how many may wait, 0 to {@value #MOST_ALLOWED}; further requests are refused
 * @param longest a request that has waited this long is refused
 */
public record HoldLimits(int most, Duration longest) {

  /** The greatest {@link #most}. */
  public static final int MOST_ALLOWED = 1_000_000;

  /** What holds where nothing is configured. */
  public static final HoldLimits DEFAULT = of(OptionValues.DEFAULTS);

  /** Reads the limits. */
  public static HoldLimits of(OptionValues values) {
    return new HoldLimits(
        values.integer(
            "most",
            10_000,
            0,
            MOST_ALLOWED,
            "requests",
            "Most requests that may wait; the next one is refused."),
        values.duration(
            "longest",
            "4s", // Few clients wait longer for the first byte.
            "0s",
            "60m",
            "A request that has waited for this time is refused."));
  }

  public HoldLimits {
    if (most < 0 || most > MOST_ALLOWED) {
      throw new IllegalArgumentException(
          "requests held are 0 to " + MOST_ALLOWED + ", not " + most);
    }
    if (longest.isNegative()) {
      throw new IllegalArgumentException("requests are not held for " + longest);
    }
  }
}
