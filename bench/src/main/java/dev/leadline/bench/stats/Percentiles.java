package dev.leadline.bench.stats;

import java.util.Arrays;

/** Exact percentiles of a finite set by nearest rank: each is a value that was measured. */
public final class Percentiles {
  private final long[] sorted;

  /**
   * Sorts a copy of the values.
   *
   * @param values at least one, in any order
   */
  public Percentiles(long[] values) {
    if (values.length == 0) {
      throw new IllegalArgumentException("no values");
    }
    this.sorted = values.clone();
    Arrays.sort(sorted);
  }

  /**
   * The smallest value that at least {@code percent} percent of the values do not exceed.
   *
   * @param percent above 0, up to 100
   */
  public long at(double percent) {
    if (!(percent > 0 && percent <= 100)) {
      throw new IllegalArgumentException("percent " + percent);
    }
    // The tolerance keeps 99.9 percent of 1000 at rank 999, where the product is 999.0000000000001.
    int rank = (int) Math.ceil(percent / 100 * sorted.length - 1e-9);
    return sorted[Math.max(rank, 1) - 1];
  }

  public long max() {
    return sorted[sorted.length - 1];
  }

  public int size() {
    return sorted.length;
  }
}
