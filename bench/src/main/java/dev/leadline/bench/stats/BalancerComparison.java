package dev.leadline.bench.stats;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/**
 * Two balancers on one path in one figure, over the rounds.
 *
 * <p>The rule: over {@link #FEWEST_ROUNDS} rounds or more they differ when their ranges over the
 * rounds do not touch <em>and</em> their medians differ by at least {@link #SMALLEST_DIFFERENCE}.
 * Anything else is no clear difference.
 *
 * @param rounds measured of both
 * @param baseline name of the balancer compared with
 * @param candidate name of the balancer compared
 */
public record BalancerComparison(
    String path,
    Figure figure,
    int rounds,
    String baseline,
    String candidate,
    Spread baselineNanos,
    Spread candidateNanos) {

  /** A smaller difference is too small to matter, even where it is certain. */
  public static final double SMALLEST_DIFFERENCE = 0.05;

  /** Fewer do not show how much a figure varies by itself. */
  public static final int FEWEST_ROUNDS = 3;

  /** What is compared. */
  public enum Figure {
    P50,
    P99,
    TOTAL;

    @JsonValue
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** What the rounds show. */
  public enum Outcome {
    CANDIDATE_FASTER,
    BASELINE_FASTER,
    NO_CLEAR_DIFFERENCE,
    TOO_FEW_ROUNDS;

    @JsonValue
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public static BalancerComparison of(Figure figure, CellFigures baseline, CellFigures candidate) {
    return new BalancerComparison(
        baseline.cell().path(),
        figure,
        Math.min(baseline.rounds().size(), candidate.rounds().size()),
        baseline.cell().balancer(),
        candidate.cell().balancer(),
        spread(figure, baseline),
        spread(figure, candidate));
  }

  private static Spread spread(Figure figure, CellFigures cell) {
    return switch (figure) {
      case P50 -> cell.p50Nanos();
      case P99 -> cell.p99Nanos();
      case TOTAL -> cell.totalNanos();
    };
  }

  /** Median of the candidate against that of the baseline: -0.2 is 20 percent less time. */
  @JsonProperty
  public double change() {
    return (double) candidateNanos.median() / baselineNanos.median() - 1;
  }

  /** What the rule says. */
  @JsonProperty
  public Outcome outcome() {
    if (rounds < FEWEST_ROUNDS) {
      return Outcome.TOO_FEW_ROUNDS;
    }
    if (Math.abs(change()) < SMALLEST_DIFFERENCE) {
      return Outcome.NO_CLEAR_DIFFERENCE;
    }
    if (candidateNanos.below(baselineNanos)) {
      return Outcome.CANDIDATE_FASTER;
    }
    return baselineNanos.below(candidateNanos)
        ? Outcome.BASELINE_FASTER
        : Outcome.NO_CLEAR_DIFFERENCE;
  }

  /**
   * How rarely two equal balancers would show ranges that do not touch: once in this many
   * comparisons. Of the (2r choose r) equally likely ways to deal 2r values to two balancers, two
   * separate them.
   *
   * @param rounds of each balancer, 1 to 30
   */
  public static long chanceOneIn(int rounds) {
    long ways = 1;
    for (int i = 1; i <= rounds; i++) {
      ways = ways * (rounds + i) / i;
    }
    return ways / 2;
  }
}
