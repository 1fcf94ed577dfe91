package dev.leadline.routing.policy.leadline;

/**
 * Slope of a straight line through pairs of numbers that arrive one by one: weighted least squares,
 * where the n-th pair has weight {@code 1 / min(n, memory)} and older ones fade. Not thread-safe.
 */
final class Regression {

  private final double memory;
  private double count;
  private double meanX;
  private double meanY;
  private double varianceX;
  private double varianceY;
  private double covariance;

  /** Remembers about this many pairs. */
  Regression(double memory) {
    this.memory = memory;
  }

  void add(double x, double y) {
    count = Math.min(count + 1, memory);
    double weight = 1 / count;
    double dx = x - meanX;
    double dy = y - meanY;
    meanX += weight * dx;
    meanY += weight * dy;
    double kept = 1 - weight;
    varianceX = kept * (varianceX + weight * dx * dx);
    varianceY = kept * (varianceY + weight * dy * dy);
    covariance = kept * (covariance + weight * dx * dy);
  }

  /** How many pairs it remembers. */
  double count() {
    return count;
  }

  /** The slope; 0 as long as all x are the same. */
  double slope() {
    return varianceX > 0 ? covariance / varianceX : 0;
  }

  /** Twice the standard error of the slope; infinite as long as all x are the same. */
  double doubt() {
    if (varianceX <= 0) {
      return Double.POSITIVE_INFINITY;
    }
    double unexplained = Math.max(0, varianceY - covariance * covariance / varianceX);
    return 2 * Math.sqrt(unexplained / varianceX / count);
  }

  /** Forgets everything. */
  void reset() {
    count = 0;
    meanX = 0;
    meanY = 0;
    varianceX = 0;
    varianceY = 0;
    covariance = 0;
  }
}
