package dev.leadline.simulation.scenario;

import java.util.random.RandomGenerator;

/** When requests arrive. */
public sealed interface Arrivals {
  /** Seconds from the arrival at {@code nowSeconds} to the next one. */
  double untilNext(double nowSeconds, RandomGenerator random);

  /** How many requests arrive at the same instant. */
  default int atOnce() {
    return 1;
  }

  /** A Poisson process with this many requests a second. */
  record Poisson(double perSecond) implements Arrivals {
    @Override
    public double untilNext(double nowSeconds, RandomGenerator random) {
      return random.nextExponential() / perSecond;
    }
  }

  /** A Poisson process whose rate climbs evenly from one value to another. */
  record Ramp(double fromPerSecond, double toPerSecond, double overSeconds) implements Arrivals {
    @Override
    public double untilNext(double nowSeconds, RandomGenerator random) {
      double share = Math.min(1, nowSeconds / overSeconds);
      return random.nextExponential() / (fromPerSecond + share * (toPerSecond - fromPerSecond));
    }
  }

  /** {@code size} requests at once, every {@code everySeconds}. */
  record Bursts(int size, double everySeconds) implements Arrivals {
    @Override
    public double untilNext(double nowSeconds, RandomGenerator random) {
      return everySeconds;
    }

    @Override
    public int atOnce() {
      return size;
    }
  }

  /** Groups of {@code size} requests at once, the groups a Poisson process. */
  record Groups(int size, double groupsPerSecond) implements Arrivals {
    @Override
    public double untilNext(double nowSeconds, RandomGenerator random) {
      return random.nextExponential() / groupsPerSecond;
    }

    @Override
    public int atOnce() {
      return size;
    }
  }

  /** A Poisson process whose rate is a sine wave around its mean. */
  record DayAndNight(double perSecond, double amplitude, double periodSeconds) implements Arrivals {
    @Override
    public double untilNext(double nowSeconds, RandomGenerator random) {
      // Thinning: draw arrivals at the highest rate and skip some where the rate is lower.
      double highest = perSecond + amplitude;
      double time = nowSeconds;
      double rate;
      do {
        time += random.nextExponential() / highest;
        rate = perSecond + amplitude * Math.sin(2 * Math.PI * time / periodSeconds);
      } while (random.nextDouble() * highest >= rate);
      return time - nowSeconds;
    }
  }
}
