package dev.leadline.bench.stats;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.bench.stats.Verdicts.Effort;
import dev.leadline.bench.stats.Verdicts.Pair;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * How often verdicts are wrong, by simulation. A few runs of each scenario by default; {@code
 * -DerrorRates.runs=2000} makes the figures of docs/benchmark.md, and prints them.
 */
final class ErrorRatesTest {
  private static final int RUNS = Integer.getInteger("errorRates.runs", 30);
  private static final boolean WHOLE = RUNS >= 1000;
  private static final Effort EFFORT = WHOLE ? new Effort(2_000, 9_999) : new Effort(500, 2_000);

  /** What bursts vary by, beside what they have in common with the rest of their round. */
  private enum Noise {
    /** The standard deviation is 1%. */
    STEADY {
      @Override
      double factor(RandomGenerator random) {
        return Math.exp(0.01 * random.nextGaussian());
      }
    },
    /** A slow minute slows down every burst of its round: 10%, and 2% each burst by itself. */
    SLOW_ROUNDS {
      @Override
      double factor(RandomGenerator random) {
        return Math.exp(0.02 * random.nextGaussian());
      }

      @Override
      double common(RandomGenerator random) {
        return Math.exp(0.1 * random.nextGaussian());
      }
    },
    /** Each burst takes up to 10% more or less. */
    TEN_PERCENT {
      @Override
      double factor(RandomGenerator random) {
        return 1 + 0.1 * (2 * random.nextDouble() - 1);
      }
    },
    /** Each burst by itself with a standard deviation of 10%: a fifth of a figure's value. */
    WILD {
      @Override
      double factor(RandomGenerator random) {
        return Math.exp(0.1 * random.nextGaussian());
      }
    },
    /** 3%, and one burst in twenty takes up to twice as long. */
    OUTLIERS {
      @Override
      double factor(RandomGenerator random) {
        double outlier = random.nextInt(20) == 0 ? 1 + random.nextDouble() : 1;
        return outlier * Math.exp(0.03 * random.nextGaussian());
      }
    };

    abstract double factor(RandomGenerator random);

    double common(RandomGenerator random) {
      return 1;
    }
  }

  /**
   * Runs in which the candidate is called better or worse in a figure.
   *
   * @param slower the candidate's factor
   * @param least share of runs that must call a difference, and {@code most} that may
   */
  @ParameterizedTest
  @CsvSource({
    "STEADY,      1.00,  7, true,  0,    0.05",
    "SLOW_ROUNDS, 1.00,  7, true,  0,    0.05",
    "TEN_PERCENT, 1.00,  7, true,  0,    0.05",
    "TEN_PERCENT, 1.00, 10, true,  0,    0.05",
    "TEN_PERCENT, 1.00,  7, false, 0,    0.05",
    "WILD,        1.00,  7, true,  0,    0.05",
    "OUTLIERS,    1.00,  7, true,  0,    0.05",
    "SLOW_ROUNDS, 1.01, 20, true,  0,    0.05",
    "TEN_PERCENT, 1.01, 20, true,  0,    0.10",
    "STEADY,      1.10,  5, true,  0.99, 1",
    "SLOW_ROUNDS, 1.10,  7, true,  0.95, 1",
    "SLOW_ROUNDS, 1.10, 10, true,  0.95, 1",
    "SLOW_ROUNDS, 1.05, 20, true,  0.95, 1",
    "TEN_PERCENT, 1.10, 10, true,  0.9,  1",
    "TEN_PERCENT, 1.05, 20, true,  0.75, 1",
    "OUTLIERS,    1.10, 10, true,  0,    1",
    "WILD,        1.10, 10, true,  0,    1",
    "WILD,        1.10, 20, true,  0,    1",
  })
  void differencesAreCalled(
      Noise noise, double slower, int rounds, boolean control, double least, double most) {
    double called =
        IntStream.range(0, RUNS)
                .parallel()
                .filter(seed -> called(noise, slower, rounds, control, seed))
                .count()
            / (double) RUNS;
    double luck = 3 * Math.sqrt(Math.max(least * (1 - least), most * (1 - most)) / RUNS);

    if (WHOLE) {
      System.out.printf(
          "%s x%.2f %d rounds control %s: %.1f%%%n", noise, slower, rounds, control, called * 100);
    }
    assertTrue(called >= least - luck, "called in only %.3f of the runs".formatted(called));
    assertTrue(called <= most + luck, "called in %.3f of the runs".formatted(called));
  }

  private static boolean called(Noise noise, double slower, int rounds, boolean control, int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    MadeUpCells cells = new MadeUpCells(WHOLE ? 200 : 100, random);
    double[] common = new double[rounds + 1];
    for (int round = 1; round <= rounds; round++) {
      common[round] = noise.common(random);
    }
    Pair pair =
        new Pair(
            cells.cell("alb", rounds, round -> common[round] * noise.factor(random)),
            control
                ? cells.cell("control", rounds, round -> common[round] * noise.factor(random))
                : null,
            cells.cell("leadline", rounds, round -> slower * common[round] * noise.factor(random)));
    return Verdicts.of(List.of(pair), 0.05, seed, EFFORT).stream()
        .map(BalancerComparison::outcome)
        .anyMatch(outcome -> outcome == Outcome.BETTER || outcome == Outcome.WORSE);
  }
}
