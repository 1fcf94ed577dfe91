package dev.leadline.bench.stats;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * An exact test of many comparisons of two separate runs. If nothing differs between the runs, then
 * every round could have been one of the other run just as well: so the test deals all rounds anew
 * and counts how often the difference is as large as the one measured. A round keeps all its cells
 * and figures together, and the p values hold for all comparisons together ({@link StepDown}).
 */
final class RoundExchange {
  private final double[][] values;
  private final int ofFirst;
  private final double[] scales;
  private final double[] totals;
  private final StepDown steps;

  /**
   * Prepares the test.
   *
   * @param values by round, those of the first run before those of the second, and by comparison
   */
  private RoundExchange(double[][] values, int ofFirst) {
    this.values = values;
    this.ofFirst = ofFirst;
    int count = values[0].length;
    scales = new double[count];
    totals = new double[count];
    double[] sums = new double[count];
    for (int i = 0; i < count; i++) {
      int comparison = i;
      double mean = Arrays.stream(values).mapToDouble(v -> v[comparison]).average().orElseThrow();
      totals[i] = Arrays.stream(values).mapToDouble(v -> v[comparison]).sum();
      scales[i] =
          Math.sqrt(
              Arrays.stream(values)
                  .mapToDouble(v -> (v[comparison] - mean) * (v[comparison] - mean))
                  .sum());
      sums[i] = Arrays.stream(values).limit(ofFirst).mapToDouble(v -> v[comparison]).sum();
    }
    steps = new StepDown(sums, this::statistic);
  }

  /**
   * Tests comparisons together.
   *
   * @param first by round and comparison the logarithms of one run
   * @param second those of the other
   * @return for each comparison the p value adjusted for all of them, above 0 and up to 1
   */
  static double[] adjusted(List<double[]> first, List<double[]> second, RandomGenerator random) {
    double[][] values = new double[first.size() + second.size()][];
    for (int i = 0; i < values.length; i++) {
      values[i] = i < first.size() ? first.get(i) : second.get(i - first.size());
    }
    RoundExchange test = new RoundExchange(values, first.size());
    if (ways(first.size(), second.size()) <= Relabelling.MOST_ENUMERATED) {
      test.enumerate(0, 0, new double[values[0].length]);
    } else {
      test.draw(random);
    }
    return test.steps.adjusted();
  }

  /** The smallest p value that so many rounds can give: two of the ways are as far apart. */
  static double least(int first, int second) {
    return (first == second ? 2 : 1) / ways(first, second);
  }

  /** In how many ways the rounds can be dealt. */
  private static double ways(int first, int second) {
    double ways = 1;
    for (int i = 1; i <= first; i++) {
      ways = ways * (second + i) / i;
    }
    return ways;
  }

  private double statistic(int comparison, double sum) {
    if (scales[comparison] < StepDown.ROUNDING) {
      return 0;
    }
    double difference = sum / ofFirst - (totals[comparison] - sum) / (values.length - ofFirst);
    return Math.abs(difference) / scales[comparison];
  }

  private void enumerate(int round, int taken, double[] sum) {
    if (taken == ofFirst) {
      steps.count(sum);
      return;
    }
    if (values.length - round > ofFirst - taken) {
      enumerate(round + 1, taken, sum);
    }
    double[] more = sum.clone();
    for (int i = 0; i < more.length; i++) {
      more[i] += values[round][i];
    }
    enumerate(round + 1, taken + 1, more);
  }

  private void draw(RandomGenerator random) {
    int[] order = IntStream.range(0, values.length).toArray();
    for (int draw = 0; draw <= Relabelling.DRAWS; draw++) {
      double[] sum = new double[scales.length];
      for (int i = 0; i < ofFirst; i++) {
        // The measured order is one of the possible ones, and counts: no p value is 0.
        int other = draw == 0 ? i : i + random.nextInt(order.length - i);
        int round = order[other];
        order[other] = order[i];
        order[i] = round;
        for (int c = 0; c < sum.length; c++) {
          sum[c] += values[round][c];
        }
      }
      steps.count(sum);
    }
  }
}
