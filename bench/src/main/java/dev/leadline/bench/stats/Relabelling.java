package dev.leadline.bench.stats;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * An exact test of many comparisons at once. If candidate and baseline are equal, then every cell
 * of a round could have been the candidate's just as well, because the order of the cells was drawn
 * by lot. So the test gives the candidate's label to each cell in turn, in every round, and counts
 * how often the difference is as large as the one measured. It assumes nothing of the shape of the
 * noise, and nothing of how comparisons of one round depend on each other: a relabelling is that of
 * the whole round, in all comparisons. The p values hold for all of them together ({@link
 * StepDown}). With one baseline cell a round this is Fisher's test of signs flipped.
 */
final class Relabelling {
  /** More relabellings than this are drawn and not enumerated. */
  static final int MOST_ENUMERATED = 600_000;

  /** With the measured one these are 100,000 relabellings. */
  static final int DRAWS = 99_999;

  private final int rounds;
  private final int relabellings;
  private final double[][][] scores;
  private final double[] scales;
  private final double[][] sums;
  private final StepDown steps;

  /**
   * By comparison, round and cell: the candidate's cell first; a round is of length 0 where a round
   * is missing.
   */
  private Relabelling(List<double[][]> comparisons) {
    int count = comparisons.size();
    rounds = comparisons.stream().mapToInt(values -> values.length).max().orElse(0);
    boolean pairs = comparisons.stream().flatMap(Arrays::stream).anyMatch(r -> r.length == 2);
    boolean threes = comparisons.stream().flatMap(Arrays::stream).anyMatch(r -> r.length == 3);
    // Of 6, each cell of two has the label in 3, and each of three in 2.
    relabellings = (pairs ? 2 : 1) * (threes ? 3 : 1);
    scores = new double[count][rounds][relabellings];
    scales = new double[count];
    sums = new double[rounds + 1][count];
    for (int i = 0; i < count; i++) {
      score(comparisons.get(i), i);
    }
    double[] measured = new double[count];
    for (int i = 0; i < count; i++) {
      for (int r = 0; r < rounds; r++) {
        measured[i] += scores[i][r][0];
      }
    }
    steps = new StepDown(measured, this::statistic);
  }

  /**
   * Tests comparisons together.
   *
   * @param comparisons by round the logarithms of one figure: the candidate's, then those of one or
   *     two cells of the baseline; of length 0 where a round is missing
   * @param draws where there are too many relabellings to enumerate
   * @return for each comparison the p value adjusted for all of them, above 0 and up to 1
   */
  static double[] adjusted(List<double[][]> comparisons, int draws, RandomGenerator random) {
    Relabelling test = new Relabelling(comparisons);
    if (Math.pow(test.relabellings, test.rounds) <= MOST_ENUMERATED) {
      test.enumerate(0);
    } else {
      test.draw(random, draws);
    }
    return test.steps.adjusted();
  }

  /**
   * The smallest p value that so many rounds can give.
   *
   * @param cells of a round, the candidate's included: 2 or 3
   */
  static double least(int rounds, int cells) {
    // Of two cells one is as far above the other as that is below: both directions count.
    return Math.pow(cells, -rounds) * (cells == 2 ? 2 : 1);
  }

  /** A score is a cell's distance from the mean of its round, so that the round itself cancels. */
  private void score(double[][] values, int comparison) {
    double variance = 0;
    for (int r = 0; r < values.length; r++) {
      if (values[r].length > 0) {
        double mean = Arrays.stream(values[r]).average().orElseThrow();
        for (int label = 0; label < relabellings; label++) {
          double score = values[r][label % values[r].length] - mean;
          scores[comparison][r][label] = score;
          variance += score * score / relabellings;
        }
      }
    }
    scales[comparison] = Math.sqrt(variance);
  }

  /** Relabelling changes the sum and not the scale: statistics of comparisons can be compared. */
  private double statistic(int comparison, double sum) {
    return scales[comparison] < StepDown.ROUNDING ? 0 : Math.abs(sum) / scales[comparison];
  }

  private void enumerate(int round) {
    if (round == rounds) {
      steps.count(sums[rounds]);
      return;
    }
    for (int label = 0; label < relabellings; label++) {
      for (int i = 0; i < scores.length; i++) {
        sums[round + 1][i] = sums[round][i] + scores[i][round][label];
      }
      enumerate(round + 1);
    }
  }

  private void draw(RandomGenerator random, int draws) {
    double[] sum = new double[scores.length];
    for (int draw = 0; draw <= draws; draw++) {
      Arrays.fill(sum, 0);
      for (int r = 0; r < rounds; r++) {
        // The measured labels are one of the possible ones, and count: no p value is 0.
        int label = draw == 0 ? 0 : random.nextInt(relabellings);
        for (int i = 0; i < scores.length; i++) {
          sum[i] += scores[i][r][label];
        }
      }
      steps.count(sum);
    }
  }
}
