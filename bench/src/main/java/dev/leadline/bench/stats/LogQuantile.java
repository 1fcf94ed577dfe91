package dev.leadline.bench.stats;

import java.util.random.RandomGenerator;

/**
 * A figure of a burst as a logarithm, and what it would be if the burst's requests were drawn anew.
 */
final class LogQuantile {
  private final double measured;
  private final double[] deviations = new double[ResampledRanks.OUTCOMES];
  private final double variance;

  LogQuantile(Percentiles latencies, Figure figure, ResampledRanks ranks) {
    int rank = latencies.rank(figure.percent());
    measured = log(latencies.atRank(rank));
    int[] indices = ranks.of(latencies.size(), rank);
    double mean = 0;
    for (int i = 0; i < indices.length; i++) {
      deviations[i] = log(latencies.atRank(indices[i] + 1));
      mean += deviations[i] / indices.length;
    }
    double squares = 0;
    for (int i = 0; i < deviations.length; i++) {
      deviations[i] -= mean;
      squares += deviations[i] * deviations[i];
    }
    variance = squares / deviations.length;
  }

  /** The time of a whole burst that was sent over a while: it has no requests to draw anew. */
  LogQuantile(long totalNanos) {
    measured = log(totalNanos);
    variance = 0;
  }

  double measured() {
    return measured;
  }

  /** How far it would be from its mean. */
  double drawnDeviation(RandomGenerator random) {
    return deviations[random.nextInt(ResampledRanks.OUTCOMES)];
  }

  /** The mean square of these deviations. */
  double variance() {
    return variance;
  }

  private static double log(long nanos) {
    return Math.log((double) Math.max(nanos, 1));
  }
}
