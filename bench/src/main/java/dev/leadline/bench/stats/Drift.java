package dev.leadline.bench.stats;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.commons.statistics.distribution.TDistribution;

/**
 * A trend of the bursts' total times over the rounds, all cells together: what was measured was not
 * the same at the end as at the beginning.
 *
 * @param change from the first to the last round, along a straight line: 0.1 is 10 percent more
 *     time
 * @param pValue of the line's slope, by Student's t
 */
public record Drift(double change, double pValue) {
  private static final int FEWEST_ROUNDS = 4;

  /** Empty where too few rounds have every cell. */
  static Optional<Drift> of(List<CellFigures> cells) {
    Map<Integer, Integer> counts = new TreeMap<>();
    Map<Integer, Double> sums = new TreeMap<>();
    for (CellFigures cell : cells) {
      for (BurstFigures burst : cell.rounds()) {
        int round = burst.burst().round();
        counts.merge(round, 1, Integer::sum);
        sums.merge(round, Math.log((double) Math.max(burst.totalNanos(), 1)), Double::sum);
      }
    }
    counts.values().removeIf(count -> count < cells.size());
    sums.keySet().retainAll(counts.keySet());
    double[] logs = sums.values().stream().mapToDouble(sum -> sum / cells.size()).toArray();
    return logs.length < FEWEST_ROUNDS ? Optional.empty() : Optional.of(line(logs));
  }

  /** The least squares line through values at equal distances. */
  static Drift line(double[] values) {
    int count = values.length;
    double middle = (count - 1) / 2.0;
    double mean = 0;
    for (double value : values) {
      mean += value / count;
    }
    double xx = 0;
    double xy = 0;
    double yy = 0;
    for (int i = 0; i < count; i++) {
      xx += (i - middle) * (i - middle);
      xy += (i - middle) * (values[i] - mean);
      yy += (values[i] - mean) * (values[i] - mean);
    }
    double residual = yy - xy * xy / xx;
    double t = Math.abs(xy) / Math.sqrt(Math.max(residual, 1e-18) * xx / (count - 2));
    return new Drift(
        Math.expm1(xy / xx * (count - 1)), 2 * TDistribution.of(count - 2).survivalProbability(t));
  }
}
