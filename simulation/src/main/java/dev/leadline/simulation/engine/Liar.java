package dev.leadline.simulation.engine;

import dev.leadline.routing.InFlightCounts;
import java.util.random.RandomGenerator;

/** What a balancer says that does not say what it has. Not thread-safe. */
final class Liar {

  private static final long SECOND_NANOS = 1_000_000_000L;
  private static final int VERY_MANY = 1_000_000;

  private final Exchange.Trouble trouble;
  private final RandomGenerator random;
  private InFlightCounts frozen = new InFlightCounts();
  private long frozenSecond = -1;

  Liar(Exchange.Trouble trouble, RandomGenerator random) {
    this.trouble = trouble;
    this.random = random;
  }

  /** Whether it says something else than what it has. */
  boolean lies() {
    return switch (trouble) {
      case FREEZES, RAVES, LIES, INVERTS -> true;
      case NONE, PARTITION, RESTARTS, LAGS -> false;
    };
  }

  /** What it says while it has this at all targets. */
  InFlightCounts says(InFlightCounts truth, long nowNanos) {
    long second = nowNanos / SECOND_NANOS;
    InFlightCounts lie = new InFlightCounts();
    switch (trouble) {
      case LIES -> {
        for (int i = 0; i < truth.size(); i++) {
          int many = i == second % truth.size() ? -VERY_MANY : VERY_MANY;
          lie.add(truth.id(i), many, many);
        }
      }
      case INVERTS -> {
        for (int i = 0; i < truth.size(); i++) {
          int many = truth.inFlight(i) == 0 ? VERY_MANY : 0;
          lie.add(truth.id(i), many, many);
        }
      }
      case RAVES -> {
        for (int i = 0; i < truth.size(); i++) {
          lie.add(truth.id(i), random.nextInt(), random.nextInt());
        }
      }
      case FREEZES -> {
        if (second != frozenSecond) {
          frozenSecond = second;
          frozen = truth;
        }
        return frozen;
      }
      default -> {
        return truth;
      }
    }
    return lie;
  }
}
