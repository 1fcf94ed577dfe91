package dev.leadline.routing.resilience;

/**
 * A running quantile of response times in constant space (stochastic approximation; Robbins and
 * Monro, Annals of Mathematical Statistics 22, 1951, on the logarithm): a time above the estimate
 * moves it up by a step times the quantile, one below down by a step times the rest. Not
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

  /** A request was answered after so long. */
  public void add(long sampleNanos) {
    if (seen < FIRST) {
      seen++;
      nanos = Math.max(nanos, (double) sampleNanos);
    } else {
      nanos = sampleNanos > nanos ? nanos * up : nanos * down;
    }
  }

  /** The estimate, in nanoseconds; a great while as long as too few answers were seen. */
  public long nanos() {
    return seen < FIRST ? Long.MAX_VALUE : (long) nanos;
  }
}
