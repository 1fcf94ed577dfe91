package dev.leadline.bench.stats;

import java.util.HashMap;
import java.util.Map;
import org.apache.commons.statistics.distribution.BetaDistribution;

/**
 * Which value of a sorted sample becomes its quantile when the sample is drawn anew from itself,
 * with replacement.
 *
 * <p>The k-th smallest of n uniform numbers has the beta distribution with k and n - k + 1; the
 * n-th part of the unit interval in which it lies is the value drawn. So one number takes the place
 * of n draws and a sort. Not thread-safe.
 */
final class ResampledRanks {
  /** Equally likely outcomes that stand for the whole distribution. */
  static final int OUTCOMES = 128;

  private record Quantile(int size, int rank) {}

  private final Map<Quantile, int[]> known = new HashMap<>();

  /**
   * Answers with {@link #OUTCOMES} indices into the sorted sample, from 0, in ascending order.
   *
   * @param size of the sample, at least 1
   * @param rank of the quantile in it, from 1 to {@code size}
   */
  int[] of(int size, int rank) {
    return known.computeIfAbsent(new Quantile(size, rank), ResampledRanks::draw);
  }

  private static int[] draw(Quantile quantile) {
    BetaDistribution place =
        BetaDistribution.of(quantile.rank(), quantile.size() - quantile.rank() + 1.0);
    int[] indices = new int[OUTCOMES];
    for (int i = 0; i < OUTCOMES; i++) {
      double part = place.inverseCumulativeProbability((i + 0.5) / OUTCOMES);
      indices[i] = Math.min((int) (part * quantile.size()), quantile.size() - 1);
    }
    return indices;
  }
}
