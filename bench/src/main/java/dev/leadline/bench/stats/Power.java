package dev.leadline.bench.stats;

import org.apache.commons.statistics.distribution.TDistribution;

/**
 * What rounds can show: estimates from the spread that was seen, for a paired t test, which the
 * exact test comes close to.
 *
 * @param spread standard deviation of the rounds' log ratios
 * @param level of the test
 */
record Power(double spread, double level) {
  /** A difference is said to be found when it is found in four of five runs. */
  static final double FOUND = 0.8;

  /**
   * Rounds that it would take to find a difference.
   *
   * @param least fewer are never enough
   * @return up to {@link BalancerComparison#MOST_ROUNDS}, or one more where that is not enough
   */
  int rounds(double logRatio, int least) {
    int low = Math.max(least, 2);
    int high = BalancerComparison.MOST_ROUNDS + 1;
    while (low < high) {
      int middle = (low + high) / 2;
      if (detectable(middle) <= logRatio) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return high;
  }

  /**
   * The smallest difference that so many rounds find.
   *
   * @param rounds at least 2
   */
  double detectable(int rounds) {
    TDistribution t = TDistribution.of(rounds - 1);
    return (t.inverseCumulativeProbability(1 - level / 2) + t.inverseCumulativeProbability(FOUND))
        * spread
        / Math.sqrt(rounds);
  }
}
