package dev.leadline.simulation.scenario;

import java.util.random.RandomGenerator;

/** The work of a request: the seconds it takes alone on a server of speed 1. */
public sealed interface Work {
  /** One request's work in seconds. */
  double draw(RandomGenerator random);

  /** Mean work in seconds. */
  double meanSeconds();

  /** Exponential: coefficient of variation 1. */
  record Exponential(double meanSeconds) implements Work {
    @Override
    public double draw(RandomGenerator random) {
      return meanSeconds * random.nextExponential();
    }
  }

  /** Always the same. */
  record Constant(double meanSeconds) implements Work {
    @Override
    public double draw(RandomGenerator random) {
      random.nextDouble(); // draws as many numbers as the other distributions
      return meanSeconds;
    }
  }

  /** Log-normal with shape {@code sigma} of the logarithm: a heavy tail from 1.5 on. */
  record LogNormal(double meanSeconds, double sigma) implements Work {
    @Override
    public double draw(RandomGenerator random) {
      return meanSeconds * Math.exp(sigma * random.nextGaussian() - sigma * sigma / 2);
    }
  }

  /** Short requests, and a share of long ones that take {@code ratio} times as long. */
  record Bimodal(double meanSeconds, double longShare, double ratio) implements Work {
    @Override
    public double draw(RandomGenerator random) {
      double shortSeconds = meanSeconds / (1 - longShare + longShare * ratio);
      return random.nextDouble() < longShare ? shortSeconds * ratio : shortSeconds;
    }
  }

  /** Pareto with shape {@code alpha} above 1: the variance is infinite up to 2. */
  record Pareto(double meanSeconds, double alpha) implements Work {
    @Override
    public double draw(RandomGenerator random) {
      double least = meanSeconds * (alpha - 1) / alpha;
      return least * Math.pow(1 - random.nextDouble(), -1 / alpha);
    }
  }
}
