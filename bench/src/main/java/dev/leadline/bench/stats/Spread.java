package dev.leadline.bench.stats;

import java.util.Arrays;

/** One figure over the rounds of a cell. */
public record Spread(long min, long median, long max) {

  /**
   * Summarises values.
   *
   * @param values at least one; of an even number the lower middle is the median, a measured value
   */
  public static Spread of(long[] values) {
    long[] sorted = values.clone();
    Arrays.sort(sorted);
    return new Spread(sorted[0], sorted[(sorted.length - 1) / 2], sorted[sorted.length - 1]);
  }
}
