package dev.leadline.bench.stats;

import java.util.Arrays;
import java.util.List;
import java.util.function.LongConsumer;

/** Exact percentiles of a finite set by nearest rank: each is a value that was measured. */
public final class Percentiles {
  private final long[] sorted;

  /**
   * Sorts a copy of the values.
   *
   * @param values at least one, in any order
   */
  public Percentiles(long[] values) {
    this(values.clone(), values.length);
  }

  private Percentiles(long[] own, int length) {
    if (length == 0) {
      throw new IllegalArgumentException("no values");
    }
    Arrays.sort(own);
    this.sorted = own;
  }

  /** Sorts the array itself, which nobody else may use: there may be millions of values. */
  static Percentiles ofOwn(long[] values) {
    return new Percentiles(values, values.length);
  }

  /** All values together. */
  static Percentiles merged(List<Percentiles> parts) {
    if (parts.size() == 1) {
      return parts.get(0);
    }
    long[] all = new long[parts.stream().mapToInt(Percentiles::size).sum()];
    int at = 0;
    for (Percentiles part : parts) {
      System.arraycopy(part.sorted, 0, all, at, part.size());
      at += part.size();
    }
    return ofOwn(all);
  }

  /**
   * The smallest value that at least {@code percent} percent of the values do not exceed.
   *
   * @param percent above 0, up to 100
   */
  public long at(double percent) {
    return atRank(rank(percent));
  }

  /** The rank of that value, from 1 for the smallest. */
  int rank(double percent) {
    if (!(percent > 0 && percent <= 100)) {
      throw new IllegalArgumentException("percent " + percent);
    }
    // The tolerance keeps 99.9 percent of 1000 at rank 999, where the product is 999.0000000000001.
    return Math.max((int) Math.ceil(percent / 100 * sorted.length - 1e-9), 1);
  }

  long atRank(int rank) {
    return sorted[rank - 1];
  }

  /** Every value, in ascending order. */
  public void forEach(LongConsumer reader) {
    for (long value : sorted) {
      reader.accept(value);
    }
  }

  public long max() {
    return sorted[sorted.length - 1];
  }

  public int size() {
    return sorted.length;
  }
}
