package dev.leadline.routing;

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

  /** Ten thousand requests, four seconds: few clients wait longer for the first byte. */
  public static final HoldLimits DEFAULT = new HoldLimits(10_000, Duration.ofSeconds(4));

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
