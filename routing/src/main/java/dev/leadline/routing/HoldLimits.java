package dev.leadline.routing;

import java.time.Duration;

/**
 * How many requests of a group may wait for a target with room, and for how long.
 *
 * @param most as many may wait, 0 (none) to {@value #MOST_ALLOWED}; one more is refused
 * @param longest whoever has waited for so long is refused: its client would not wait for the
 *     answer
 */
public record HoldLimits(int most, Duration longest) {

  /** The greatest {@link #most}. */
  public static final int MOST_ALLOWED = 1_000_000;

  /** Ten thousand, for four seconds: people have left by then, and most clients soon after. */
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
