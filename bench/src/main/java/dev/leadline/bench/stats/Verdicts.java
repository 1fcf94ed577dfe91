package dev.leadline.bench.stats;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether balancers differ. docs/benchmark.md says why it is done so, and how often it is
 * wrong.
 *
 * <p>A candidate is better or worse in a figure when the exact test ({@link Relabelling}) shows a
 * difference at {@link #LEVEL} over all comparisons, the interval of the change ({@link
 * RatioEstimate}) leaves out 0, and the interval reaches the smallest difference that matters.
 */
public final class Verdicts {
  /** How often one or more of equal balancers' comparisons may be called different. */
  public static final double LEVEL = 0.05;

  private final double smallestDifference;
  private final Effort effort;
  private final RandomGenerator random;
  private final ResampledRanks ranks = new ResampledRanks();

  private Verdicts(double smallestDifference, Effort effort, RandomGenerator random) {
    this.smallestDifference = smallestDifference;
    this.effort = effort;
    this.random = random;
  }

  /** How many draws are made: fewer where thousands of runs are simulated. */
  record Effort(int bootstraps, int relabellings) {
    static final Effort FULL = new Effort(RatioEstimate.DRAWS, Relabelling.DRAWS);
  }

  /**
   * What is compared.
   *
   * @param control a second cell of the baseline on the same path; null when there was none
   */
  record Pair(CellFigures baseline, @Nullable CellFigures control, CellFigures candidate) {}

  /** One figure of a pair in the rounds that each of its cells was measured in. */
  private record Compared(Pair pair, Figure figure, List<PairedRound> rounds) {
    double[][] byRoundNumber() {
      double[][] values = new double[rounds.get(rounds.size() - 1).number()][0];
      rounds.forEach(round -> values[round.number() - 1] = round.logs());
      return values;
    }
  }

  /**
   * Compares every pair in every figure.
   *
   * @param smallestDifference that matters, as a share: 0.05 is 5%
   * @param seed of what is drawn at random: the same seed gives the same verdicts
   */
  static List<BalancerComparison> of(List<Pair> pairs, double smallestDifference, long seed) {
    return of(pairs, smallestDifference, seed, Effort.FULL);
  }

  static List<BalancerComparison> of(
      List<Pair> pairs, double smallestDifference, long seed, Effort effort) {
    Verdicts verdicts = new Verdicts(smallestDifference, effort, new SplittableRandom(seed));
    Map<String, List<Compared>> byCandidate = new LinkedHashMap<>();
    for (Pair pair : pairs) {
      for (Figure figure : Figure.values()) {
        List<PairedRound> rounds = verdicts.rounds(pair, figure);
        if (!rounds.isEmpty()) {
          byCandidate
              .computeIfAbsent(pair.candidate().cell().balancer(), any -> new ArrayList<>())
              .add(new Compared(pair, figure, rounds));
        }
      }
    }
    List<BalancerComparison> comparisons = new ArrayList<>();
    for (List<Compared> ofCandidate : byCandidate.values()) {
      comparisons.addAll(verdicts.compare(ofCandidate, byCandidate.size()));
    }
    return List.copyOf(comparisons);
  }

  /** In ascending order; a round that one of the cells lacks is left out. */
  private List<PairedRound> rounds(Pair pair, Figure figure) {
    Map<Integer, LogQuantile> candidate = byRound(pair.candidate(), figure);
    List<Map<Integer, LogQuantile>> baseline =
        Stream.of(pair.baseline(), pair.control())
            .filter(Objects::nonNull)
            .map(cell -> byRound(cell, figure))
            .toList();
    List<PairedRound> rounds = new ArrayList<>();
    candidate.forEach(
        (number, quantile) -> {
          List<LogQuantile> cells =
              baseline.stream().flatMap(byRound -> Stream.ofNullable(byRound.get(number))).toList();
          if (cells.size() == baseline.size()) {
            rounds.add(new PairedRound(number, quantile, cells));
          }
        });
    return rounds;
  }

  private Map<Integer, LogQuantile> byRound(CellFigures cell, Figure figure) {
    Map<Integer, LogQuantile> rounds = new TreeMap<>();
    for (BurstFigures burst : cell.rounds()) {
      rounds.put(
          burst.burst().round(),
          figure == Figure.TOTAL && burst.sendingNanos() > 0
              ? new LogQuantile(burst.totalNanos())
              : new LogQuantile(burst.latencies(), figure, ranks));
    }
    return rounds;
  }

  /** All paths and figures of one candidate: their p values hold together. */
  private List<BalancerComparison> compare(List<Compared> family, int candidates) {
    double[] adjusted =
        Relabelling.adjusted(
            family.stream().map(Compared::byRoundNumber).toList(), effort.relabellings(), random);
    // The figures of one burst move together, those of paths do not.
    long paths = family.stream().map(Compared::pair).distinct().count();
    List<BalancerComparison> comparisons = new ArrayList<>();
    for (int i = 0; i < adjusted.length; i++) {
      // Bonferroni over candidates: their comparisons share the baseline's cells, so that their
      // labels cannot be exchanged together.
      double p = Math.min(1, candidates * adjusted[i]);
      comparisons.add(compare(family.get(i), p, candidates, LEVEL / candidates / paths));
    }
    return comparisons;
  }

  private BalancerComparison compare(
      Compared compared, double p, int candidates, double levelOfOne) {
    List<PairedRound> rounds = compared.rounds();
    CellFigures baseline = compared.pair().baseline();
    CellFigures candidate = compared.pair().candidate();
    RatioEstimate ratio = RatioEstimate.of(rounds, effort.bootstraps(), random);
    Power power = new Power(ratio.spread(), levelOfOne);
    int cells = 1 + rounds.get(0).baseline().size();
    return new BalancerComparison(
        baseline.cell().path(),
        compared.figure(),
        rounds.size(),
        baseline.cell().balancer(),
        candidate.cell().balancer(),
        baseline.spread(compared.figure()),
        candidate.spread(compared.figure()),
        Math.expm1(ratio.mean()),
        Math.expm1(ratio.low()),
        Math.expm1(ratio.high()),
        p,
        outcome(ratio, p, Relabelling.least(rounds.size(), cells) * candidates, smallestDifference),
        rounds.size() == 1 ? 0 : Math.expm1(power.detectable(rounds.size())),
        power.rounds(Math.log1p(smallestDifference), fewestRounds(cells, candidates)));
  }

  /**
   * What a comparison says.
   *
   * @param p adjusted for all comparisons
   * @param leastP the smallest that the rounds could have given
   */
  static Outcome outcome(RatioEstimate ratio, double p, double leastP, double smallestDifference) {
    if (leastP > LEVEL) {
      return Outcome.NOT_ENOUGH_ROUNDS;
    }
    double matters = Math.log1p(smallestDifference);
    boolean tooSmall = ratio.low() > -matters && ratio.high() < matters;
    boolean leavesOutZero = ratio.low() > 0 || ratio.high() < 0;
    if (p > LEVEL || tooSmall || !leavesOutZero) {
      return Outcome.NO_DIFFERENCE_SHOWN;
    }
    return ratio.mean() < 0 ? Outcome.BETTER : Outcome.WORSE;
  }

  /**
   * Rounds without which not even the clearest difference is shown.
   *
   * @param cells of a round, the candidate's included: 3 with a control, otherwise 2
   */
  public static int fewestRounds(int cells, int candidates) {
    int rounds = 1;
    while (Relabelling.least(rounds, cells) * candidates > LEVEL) {
      rounds++;
    }
    return rounds;
  }
}
