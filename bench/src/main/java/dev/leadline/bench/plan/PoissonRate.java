package dev.leadline.bench.plan;

import java.util.Random;

/**
 * Requests at exponentially distributed distances. Several senders with a share of the rate each
 * are together a Poisson process of the whole rate.
 */
final class PoissonRate implements Pacer {
  private final double perSecond;
  private final int requests;
  private final long durationNanos;
  private final Random random;
  private int number = -1;
  private double dueNanos;

  PoissonRate(double perSecond, int requests, long durationNanos, long seed) {
    this.perSecond = perSecond;
    this.requests = requests;
    this.durationNanos = durationNanos;
    this.random = new Random(seed);
  }

  @Override
  public long dueNanos(long elapsedNanos, int wanted) {
    for (; number < wanted; number++) {
      dueNanos -= Math.log(1 - random.nextDouble()) * 1e9 / perSecond;
    }
    return wanted < requests && dueNanos < durationNanos ? (long) dueNanos : END;
  }
}
