package dev.leadline.bench.stats;

import java.util.stream.IntStream;

/**
 * P values of many comparisons that hold for all of them together (the chance that one or more of
 * equal ones is called different): Holm's steps, with the distribution of the largest statistic in
 * the place of Bonferroni's bound (P. H. Westfall and S. S. Young, "Resampling-Based Multiple
 * Testing", 1993, step-down maxT). Comparisons that move together, as p50 and p99 of one burst do,
 * cost next to nothing then. Not thread-safe.
 */
final class StepDown {
  /** Statistics that differ by less are equal, and of a scale below it there is no statistic. */
  static final double ROUNDING = 1e-9;

  private final Statistic statistic;
  private final double[] observed;
  private final int[] largestFirst;
  private final long[] asLarge;
  private long counted;

  /** How far apart a comparison is, in a measure that all comparisons share. */
  interface Statistic {
    /** At least 0, of the sum of what one way of dealing the rounds gives the comparison. */
    double of(int comparison, double sum);
  }

  /**
   * Prepares to count.
   *
   * @param measured by comparison the sum of what was measured
   */
  StepDown(double[] measured, Statistic statistic) {
    this.statistic = statistic;
    this.observed =
        IntStream.range(0, measured.length)
            .mapToDouble(comparison -> statistic.of(comparison, measured[comparison]))
            .toArray();
    this.largestFirst =
        IntStream.range(0, measured.length)
            .boxed()
            .sorted((a, b) -> Double.compare(observed[b], observed[a]))
            .mapToInt(Integer::intValue)
            .toArray();
    this.asLarge = new long[measured.length];
  }

  /** Counts one way in which the rounds could have been dealt; the measured one is among them. */
  void count(double[] sums) {
    counted++;
    double largest = 0;
    for (int i = largestFirst.length - 1; i >= 0; i--) {
      int comparison = largestFirst[i];
      largest = Math.max(largest, statistic.of(comparison, sums[comparison]));
      if (largest >= observed[comparison] - ROUNDING) {
        asLarge[comparison]++;
      }
    }
  }

  /** For each comparison the share of the ways that are as far apart, above 0 and up to 1. */
  double[] adjusted() {
    double[] adjusted = new double[observed.length];
    double before = 0;
    for (int comparison : largestFirst) {
      before = Math.max(before, (double) asLarge[comparison] / counted);
      adjusted[comparison] = before;
    }
    return adjusted;
  }
}
