package dev.leadline.routing.policy.leadline;

/**
 * What a request costs one target, estimated from its samples of {@linkplain AttributedTime
 * attributed time}: an exponentially weighted mean whose weight is {@code 1 / min(n + 1, 200)}, so
 * that the first samples count fully and old ones fade. {@code n}, the number of samples the
 * estimate is worth, halves every ten minutes, because an old estimate is less certain.
 *
 * <p>Not thread-safe.
 */
final class ServiceTime {

  /** How many samples it remembers. */
  static final double MEMORY = 200;

  /** Half-life of the number of samples, in seconds. */
  static final double HALF_LIFE_SECONDS = 600;

  private static final double KEPT = 0.05;

  /** The smallest sample: its logarithm must stay finite. */
  private static final double SMALLEST_SECONDS = 1e-7;

  private double meanSeconds;
  private double squaredVariation = 1;
  private double count;
  private long updatedNanos;

  /** How many samples the estimate is worth now. */
  double count() {
    return count;
  }

  /** Mean cost of a request, in seconds; without meaning while {@link #count()} is 0. */
  double meanSeconds() {
    return meanSeconds;
  }

  /** Squared coefficient of variation of the samples. */
  double squaredVariation() {
    return squaredVariation;
  }

  void add(double sampleSeconds, long nowNanos) {
    age(nowNanos);
    double sample = Math.max(sampleSeconds, SMALLEST_SECONDS);
    double weight = 1 / (count + 1);
    if (count == 0) {
      meanSeconds = sample;
    } else {
      double deviation = sample / meanSeconds - 1;
      // Bounded, because one sample of a frozen target must not outweigh all others.
      squaredVariation += weight * (Math.min(deviation * deviation, 100) - squaredVariation);
      meanSeconds += weight * (sample - meanSeconds);
    }
    count = Math.min(count + 1, MEMORY - 1);
  }

  /** Lets the number of samples fade. */
  void age(long nowNanos) {
    long elapsed = nowNanos - updatedNanos;
    updatedNanos = nowNanos;
    if (elapsed > 0 && count > 0) {
      count *= Math.exp(-Math.log(2) * elapsed * 1e-9 / HALF_LIFE_SECONDS);
    }
  }

  /** Forgets most samples, because the target behaves differently now. */
  void forget() {
    count *= KEPT;
  }

  /** Forgets all samples. */
  void forgetAll() {
    count = 0;
    squaredVariation = 1;
  }
}
