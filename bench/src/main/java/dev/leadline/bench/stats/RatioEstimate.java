package dev.leadline.bench.stats;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.apache.commons.statistics.distribution.NormalDistribution;
import org.apache.commons.statistics.distribution.TDistribution;

/**
 * The ratio of candidate to baseline over the rounds, all as logarithms.
 *
 * @param mean of the rounds' log ratios
 * @param low end of its 95% interval
 * @param high end of its 95% interval
 * @param spread standard deviation of the rounds' log ratios; 0 of one round
 */
record RatioEstimate(double mean, double low, double high, double spread) {
  static final int DRAWS = 10_000;
  private static final double CONFIDENCE = 0.95;
  private static final double TINY = 1e-30;

  /**
   * Estimates by a hierarchical bootstrap: rounds are drawn with replacement, then the requests of
   * each of their bursts.
   *
   * <p>What rounds differ by contains what their requests vary by. Drawing both as they are would
   * count that twice, so the deviations of the rounds are made smaller by as much as the requests
   * add. Requests of one burst depend on each other; where rounds differ by less than independent
   * requests would make them, the requests' deviations are made smaller as well (A. C. Davison and
   * D. V. Hinkley, "Bootstrap Methods and their Application", 1997, section 3.8).
   *
   * @param rounds at least one; with one, the interval is that of its requests alone
   * @param count of draws
   */
  static RatioEstimate of(List<PairedRound> rounds, int count, RandomGenerator random) {
    int size = rounds.size();
    double[] measured = rounds.stream().mapToDouble(PairedRound::logRatio).toArray();
    double mean = Arrays.stream(measured).average().orElseThrow();
    double ofRequests =
        rounds.stream().mapToDouble(PairedRound::requestVariance).average().orElseThrow();
    double squares = Arrays.stream(measured).map(log -> (log - mean) * (log - mean)).sum();
    double ofRounds = size == 1 ? ofRequests : squares / (size - 1);
    double keptOfRounds = Math.sqrt(Math.max(0, ofRounds - ofRequests) / Math.max(ofRounds, TINY));
    double keptOfRequests = Math.sqrt(Math.min(1, ofRounds / Math.max(ofRequests, TINY)));
    double[] draws = new double[count];
    for (int i = 0; i < count; i++) {
      double sum = 0;
      for (int r = 0; r < size; r++) {
        int drawn = random.nextInt(size);
        sum +=
            keptOfRounds * (measured[drawn] - mean)
                + keptOfRequests * rounds.get(drawn).drawnDeviation(random);
      }
      draws[i] = mean + sum / size;
    }
    Arrays.sort(draws);
    double tail = tail(size);
    double least = least(size, ofRounds);
    return new RatioEstimate(
        mean,
        Math.min(mean - least, quantile(draws, tail)),
        Math.max(mean + least, quantile(draws, 1 - tail)),
        size == 1 ? 0 : Math.sqrt(ofRounds));
  }

  /**
   * How much of the draws is cut off at each end. A bootstrap of few rounds is too narrow by the
   * square root of n / (n - 1), and by the normal distribution in the place of Student's t; cutting
   * off less mends both (T. Hesterberg, "What Teachers Should Know About the Bootstrap", The
   * American Statistician 69, 2015, "expanded percentile interval").
   */
  private static double tail(int rounds) {
    if (rounds == 1) {
      return (1 - CONFIDENCE) / 2;
    }
    double t = TDistribution.of(rounds - 1).inverseCumulativeProbability(1 - (1 - CONFIDENCE) / 2);
    return NormalDistribution.of(0, 1)
        .cumulativeProbability(-t * Math.sqrt(rounds / (rounds - 1.0)));
  }

  /**
   * Half of Student's interval where rounds are few: a mean of draws cannot leave the range of the
   * rounds, and five rounds have the truth within their range in 94% of cases only.
   */
  private static double least(int rounds, double variance) {
    return rounds == 1 || rounds > 5
        ? 0
        : TDistribution.of(rounds - 1).inverseCumulativeProbability((1 + CONFIDENCE) / 2)
            * Math.sqrt(variance / rounds);
  }

  private static double quantile(double[] sorted, double share) {
    return sorted[(int) Math.round(share * (sorted.length - 1))];
  }
}
