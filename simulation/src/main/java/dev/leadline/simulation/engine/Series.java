package dev.leadline.simulation.engine;

/** Values at regular times; NaN where there was nothing to measure. Immutable. */
public final class Series {

  private final double[] values;

  Series(double... values) {
    this.values = values.clone();
  }

  public int size() {
    return values.length;
  }

  /**
   * Mean of the values from {@code from} to before {@code until} that are not NaN; NaN if all are.
   */
  public double mean(int from, int until) {
    double sum = 0;
    int count = 0;
    for (int i = from; i < until; i++) {
      if (!Double.isNaN(values[i])) {
        sum += values[i];
        count++;
      }
    }
    return count == 0 ? Double.NaN : sum / count;
  }
}
