package dev.leadline.simulation;

import dev.leadline.simulation.engine.Figures;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;

/**
 * The results of a {@link SimulationBatch}. Immutable.
 *
 * @param cells the figures of every scenario and contender, one for each seed, in the order of
 *     seeds
 * @param seeds the number of seeds
 */
record Results(Map<Cell, List<Figures>> cells, int seeds) {

  /** A contender in a scenario, by their names. */
  record Cell(String scenario, String contender) {}

  /**
   * A mean with its 95% interval: Student's t over the seeds.
   *
   * @param mean the mean
   * @param halfWidth half of the interval; NaN with one seed only
   */
  record Estimate(double mean, double halfWidth) {

    /** Quantile .975 of Student's t by degrees of freedom, from 1 to 29. */
    private static final double[] T = {
      12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
      2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
      2.052, 2.048, 2.045
    };

    static Estimate of(double[] samples) {
      int n = samples.length;
      double sum = 0;
      for (double it : samples) {
        sum += it;
      }
      double mean = sum / n;
      double squares = 0;
      for (double it : samples) {
        squares += (it - mean) * (it - mean);
      }
      double t = n < 2 ? Double.NaN : T[Math.min(n - 2, T.length - 1)];
      return new Estimate(mean, n < 2 ? Double.NaN : t * Math.sqrt(squares / (n - 1) / n));
    }

    /** Mean and interval with this many decimals. */
    String shown(int decimals) {
      String format = "%." + decimals + "f";
      String text = String.format(Locale.ROOT, format, mean);
      return Double.isNaN(halfWidth)
          ? text
          : text + " ± " + String.format(Locale.ROOT, format, halfWidth);
    }

    /** Whether the whole interval is below this. */
    boolean isBelow(double limit) {
      return Double.isNaN(halfWidth) ? mean < limit : mean + halfWidth < limit;
    }
  }

  List<Figures> of(String scenario, String contender) {
    return Objects.requireNonNull(
        cells.get(new Cell(scenario, contender)), () -> contender + " in " + scenario);
  }

  /** Mean of a figure over the seeds. */
  double mean(String scenario, String contender, ToDoubleFunction<Figures> figure) {
    return of(scenario, contender).stream().mapToDouble(figure).average().orElse(Double.NaN);
  }

  /** Median over the seeds, for figures that may be infinite. NaN if any value is NaN. */
  double median(String scenario, String contender, ToDoubleFunction<Figures> figure) {
    double[] sorted = of(scenario, contender).stream().mapToDouble(figure).sorted().toArray();
    return Double.isNaN(sorted[sorted.length - 1]) ? Double.NaN : sorted[sorted.length / 2];
  }

  /** The ratio of two contenders' figures in one scenario, computed per seed. */
  Estimate ratio(String scenario, String one, String other, ToDoubleFunction<Figures> figure) {
    return ratio(scenario, one, scenario, other, figure);
  }

  /** The ratio of the figures of one contender in one scenario to those of another in another. */
  Estimate ratio(
      String scenario,
      String one,
      String otherScenario,
      String other,
      ToDoubleFunction<Figures> figure) {
    List<Figures> ones = of(scenario, one);
    List<Figures> others = of(otherScenario, other);
    double[] ratios = new double[ones.size()];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = figure.applyAsDouble(ones.get(i)) / figure.applyAsDouble(others.get(i));
    }
    return Estimate.of(ratios);
  }
}
