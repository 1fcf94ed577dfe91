package dev.leadline.bench.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class RatioEstimateTest {
  private final ResampledRanks ranks = new ResampledRanks();

  /** Bursts of one request each, so that only rounds vary. */
  private List<PairedRound> rounds(double... logRatios) {
    List<PairedRound> rounds = new ArrayList<>();
    for (double logRatio : logRatios) {
      rounds.add(
          new PairedRound(
              rounds.size() + 1,
              burst(Math.round(1e9 * Math.exp(logRatio))),
              List.of(burst(1_000_000_000))));
    }
    return rounds;
  }

  private LogQuantile burst(long... nanos) {
    return new LogQuantile(new Percentiles(nanos), Figure.P50, ranks);
  }

  private static RatioEstimate estimate(List<PairedRound> rounds) {
    return RatioEstimate.of(rounds, RatioEstimate.DRAWS, new SplittableRandom(1));
  }

  /**
   * R's data set "sleep": differences of ten pairs, which its documentation tests with {@code
   * t.test}: mean -1.58, 95% from -2.4598858 to -0.7001142. A bootstrap follows the skew of the
   * data, so the ends are near those and not the same.
   */
  @Test
  void aboutStudentsInterval() {
    RatioEstimate sleep = estimate(rounds(-1.2, -2.4, -1.3, -1.3, 0, -1, -1.8, -0.8, -4.6, -1.4));

    assertEquals(-1.58, sleep.mean(), 1e-6);
    assertEquals(1.2299, sleep.spread(), 1e-4);
    assertEquals(-2.46, sleep.low(), 0.3);
    assertEquals(-0.70, sleep.high(), 0.3);
  }

  /** The second stage: with one round, only its requests can vary. */
  @Test
  void requestsOfABurstAreDrawnAnew() {
    LogQuantile spread = burst(LongStream.rangeClosed(1, 100).map(i -> i * 1_000_000).toArray());
    RatioEstimate one = estimate(List.of(new PairedRound(1, spread, List.of(burst(50_000_000)))));

    assertEquals(0, one.mean(), 1e-9);
    // The 95% interval of the median of a hundred: ranks 40 to 60.
    assertEquals(Math.log(0.8), one.low(), 0.05);
    assertEquals(Math.log(1.2), one.high(), 0.05);
    assertEquals(0, one.spread());
  }

  @Test
  void twoCellsOfTheBaselineAreTakenTogether() {
    List<PairedRound> rounds =
        List.of(new PairedRound(1, burst(400), List.of(burst(100), burst(400))));

    assertEquals(Math.log(2), estimate(rounds).mean(), 1e-9);
  }

  /**
   * The noncentral t distribution (scipy) says 19 rounds: a power of 0.796 with 18, 0.819 with 19.
   */
  @Test
  void roundsNeeded() {
    Power power = new Power(0.07, 0.05);

    int needed = power.rounds(Math.log1p(0.05), 3);
    assertEquals(19, needed, 1);
    assertTrue(power.detectable(needed) <= Math.log1p(0.05));
    assertTrue(power.detectable(needed - 1) > Math.log1p(0.05));
    assertEquals(3, new Power(0.0001, 0.05).rounds(0.05, 3));
    assertEquals(BalancerComparison.MOST_ROUNDS + 1, new Power(10, 0.05).rounds(0.05, 3));
  }
}
