package dev.leadline.bench.stats;

/**
 * Two balancers on one path in one figure, over the rounds in which both were measured. {@link
 * Verdicts} says how it is decided.
 *
 * @param rounds compared
 * @param baseline name of the balancer compared with
 * @param candidate name of the balancer compared
 * @param change of the figure, as the geometric mean of the rounds: -0.2 is 20 percent less time
 * @param changeLow lower end of the 95% interval of the change
 * @param changeHigh its upper end
 * @param pValue of the exact test, adjusted for all comparisons of the report
 * @param smallestFound the smallest change that this number of rounds finds in four of five runs; 0
 *     of one round, which does not show how much a figure varies
 * @param roundsNeeded to find the smallest difference that matters in four of five runs; one more
 *     than {@link #MOST_ROUNDS} for more
 */
public record BalancerComparison(
    String path,
    Figure figure,
    int rounds,
    String baseline,
    String candidate,
    Spread baselineNanos,
    Spread candidateNanos,
    double change,
    double changeLow,
    double changeHigh,
    double pValue,
    Outcome outcome,
    double smallestFound,
    int roundsNeeded) {

  /** More are not counted: nobody runs them. */
  public static final int MOST_ROUNDS = 1_000;
}
