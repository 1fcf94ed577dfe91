package dev.leadline.balancer.observe;

import java.util.List;
import java.util.function.ToLongFunction;

/**
 * What was counted so far, by the place of each counter in its {@linkplain MetricLevel level}.
 * Immutable.
 */
public final class Counts {

  private final long[] values;

  private Counts(long[] values) {
    this.values = values;
  }

  long get(int place) {
    return values[place];
  }

  Counts plus(Counts other) {
    long[] sum = values.clone();
    for (int i = 0; i < sum.length; i++) {
      sum[i] += other.values[i];
    }
    return new Counts(sum);
  }

  /**
   * Counts events of one kind. Not thread-safe.
   *
   * @param <E> the events
   */
  static final class Counter<E> {
    private final List<ToLongFunction<E>> amounts;
    private final long[] values;

    /**
     * @param amounts by how much an event moves each count
     */
    Counter(List<ToLongFunction<E>> amounts) {
      this.amounts = amounts;
      values = new long[amounts.size()];
    }

    void count(E event) {
      for (int i = 0; i < values.length; i++) {
        values[i] += amounts.get(i).applyAsLong(event);
      }
    }

    Counts counts() {
      return new Counts(values.clone());
    }
  }
}
