package dev.leadline.routing.resilience;

/**
 * A running quantile of response times in constant space (stochastic approximation on the
 * logarithm; Robbins and Monro, Annals of Mathematical Statistics 22, 1951). A longer time raises
 * the estimate by a step times the quantile, a shorter one lowers it by a step times the rest. Not
 * thread-safe.
 */
public final class LatencyQuantile {

  private static final double STEP = 0.05;
  private static final int FIRST = 20;

  private final double up;
  private final double down;
  private double nanos;
  private int seen;

  /**
   * @param quantile above 0 and below 1
   */
  public LatencyQuantile(double quantile) {
    up = Math.exp(STEP * quantile);
    down = Math.exp(-STEP * (1 - quantile));
  }

  /** A request was answered after this time. */
  public void add(long sampleNanos) {
    if (seen < FIRST) {
      seen++;
      nanos = Math.max(nanos, (double) sampleNanos);
    } else {
      nanos = sampleNanos > nanos ? nanos * up : nanos * down;
    }
  }

  /** The estimate, in nanoseconds; {@link Long#MAX_VALUE} until there were enough answers. */
  public long nanos() {
    return seen < FIRST ? Long.MAX_VALUE : (long) nanos;
  }
}
