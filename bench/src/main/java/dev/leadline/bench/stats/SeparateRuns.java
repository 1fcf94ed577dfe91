package dev.leadline.bench.stats;

import dev.leadline.bench.plan.Cell;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.apache.commons.statistics.distribution.TDistribution;

/**
 * Compares the cells of two runs that have the same path and balancer. Rounds of separate runs are
 * no pairs: what was slow in a minute was so for one of them. So all rounds are exchanged between
 * the runs ({@link RoundExchange}), and the interval is that of Welch's t test of the logarithms,
 * whose runs may vary unequally.
 *
 * @param comparisons of every cell that both runs have, in every figure
 * @param onlyFirst cells that the second run lacks
 * @param onlySecond cells that the first run lacks
 */
public record SeparateRuns(
    List<BalancerComparison> comparisons, List<Cell> onlyFirst, List<Cell> onlySecond) {

  private static final double CONFIDENCE = 0.95;

  /**
   * Compares the second run with the first.
   *
   * @param first cells of the run that is compared with
   * @param smallestDifference that matters, as a share: 0.05 is 5%
   * @param seed of what is drawn at random
   */
  public static SeparateRuns of(
      List<CellFigures> first, List<CellFigures> second, double smallestDifference, long seed) {
    Map<Cell, CellFigures> firsts = byCell(first);
    Map<Cell, CellFigures> seconds = byCell(second);
    List<Cell> shared = firsts.keySet().stream().filter(seconds::containsKey).toList();
    List<CellFigures> ofFirst = shared.stream().map(firsts::get).toList();
    List<CellFigures> ofSecond = shared.stream().map(seconds::get).toList();
    return new SeparateRuns(
        compare(ofFirst, ofSecond, smallestDifference, new SplittableRandom(seed)),
        firsts.keySet().stream().filter(cell -> !shared.contains(cell)).toList(),
        seconds.keySet().stream().filter(cell -> !shared.contains(cell)).toList());
  }

  private static Map<Cell, CellFigures> byCell(List<CellFigures> cells) {
    Map<Cell, CellFigures> byCell = new LinkedHashMap<>();
    cells.forEach(cell -> byCell.put(cell.cell(), cell));
    return byCell;
  }

  private static List<BalancerComparison> compare(
      List<CellFigures> first,
      List<CellFigures> second,
      double smallestDifference,
      RandomGenerator random) {
    List<List<BurstFigures>> firstRounds = wholeRounds(first);
    List<List<BurstFigures>> secondRounds = wholeRounds(second);
    if (firstRounds.isEmpty() || secondRounds.isEmpty()) {
      return List.of();
    }
    List<double[]> firstLogs = logs(firstRounds);
    List<double[]> secondLogs = logs(secondRounds);
    double[] adjusted = RoundExchange.adjusted(firstLogs, secondLogs, random);
    double least = RoundExchange.least(firstLogs.size(), secondLogs.size());
    int rounds = Math.min(firstLogs.size(), secondLogs.size());
    // The figures of one burst move together, those of cells do not.
    double levelOfOne = Verdicts.LEVEL / first.size();
    List<BalancerComparison> comparisons = new ArrayList<>();
    for (int cell = 0; cell < first.size(); cell++) {
      for (Figure figure : Figure.values()) {
        int column = comparisons.size();
        RatioEstimate ratio = ratio(column(firstLogs, column), column(secondLogs, column));
        Power power = new Power(ratio.spread(), levelOfOne);
        comparisons.add(
            new BalancerComparison(
                first.get(cell).cell().path(),
                figure,
                rounds,
                first.get(cell).cell().balancer(),
                second.get(cell).cell().balancer(),
                first.get(cell).spread(figure),
                second.get(cell).spread(figure),
                Math.expm1(ratio.mean()),
                Math.expm1(ratio.low()),
                Math.expm1(ratio.high()),
                adjusted[column],
                Verdicts.outcome(ratio, adjusted[column], least, smallestDifference),
                rounds == 1 ? 0 : Math.expm1(power.detectable(rounds)),
                power.rounds(Math.log1p(smallestDifference), fewestRounds())));
      }
    }
    return comparisons;
  }

  /** The rounds in which every cell was measured, by cell: an interrupted one is left out. */
  private static List<List<BurstFigures>> wholeRounds(List<CellFigures> cells) {
    List<List<BurstFigures>> rounds = new ArrayList<>();
    Set<Integer> numbers = new TreeSet<>();
    cells.forEach(cell -> cell.rounds().forEach(r -> numbers.add(r.burst().round())));
    for (int number : numbers) {
      List<BurstFigures> round =
          cells.stream()
              .map(
                  cell ->
                      cell.rounds().stream().filter(r -> r.burst().round() == number).findFirst())
              .flatMap(Optional::stream)
              .toList();
      if (round.size() == cells.size()) {
        rounds.add(round);
      }
    }
    return rounds;
  }

  /** By round and comparison. */
  private static List<double[]> logs(List<List<BurstFigures>> rounds) {
    return rounds.stream()
        .map(
            round ->
                round.stream()
                    .flatMapToDouble(
                        burst ->
                            Arrays.stream(Figure.values())
                                .mapToDouble(figure -> log(nanos(burst, figure))))
                    .toArray())
        .toList();
  }

  private static long nanos(BurstFigures burst, Figure figure) {
    return figure == Figure.TOTAL ? burst.totalNanos() : burst.latencies().at(figure.percent());
  }

  private static double log(long nanos) {
    return Math.log((double) Math.max(nanos, 1));
  }

  private static double[] column(List<double[]> rows, int column) {
    return rows.stream().mapToDouble(row -> row[column]).toArray();
  }

  /** The spread is that of the difference of two rounds, one of each run. */
  private static RatioEstimate ratio(double[] first, double[] second) {
    double mean = mean(second) - mean(first);
    double spread = Math.sqrt(variance(first) + variance(second));
    if (first.length == 1 || second.length == 1) {
      return new RatioEstimate(mean, -Double.MAX_VALUE, Double.MAX_VALUE, spread);
    }
    double ofFirst = variance(first) / first.length;
    double ofSecond = variance(second) / second.length;
    double error = Math.sqrt(ofFirst + ofSecond);
    double freedom =
        error == 0
            ? first.length + second.length - 2
            : (ofFirst + ofSecond)
                * (ofFirst + ofSecond)
                / (ofFirst * ofFirst / (first.length - 1)
                    + ofSecond * ofSecond / (second.length - 1));
    double t = TDistribution.of(freedom).inverseCumulativeProbability((1 + CONFIDENCE) / 2);
    return new RatioEstimate(mean, mean - t * error, mean + t * error, spread);
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElseThrow();
  }

  private static double variance(double[] values) {
    double mean = mean(values);
    double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
    return values.length == 1 ? 0 : squares / (values.length - 1);
  }

  private static int fewestRounds() {
    int rounds = 1;
    while (RoundExchange.least(rounds, rounds) > Verdicts.LEVEL) {
      rounds++;
    }
    return rounds;
  }
}
