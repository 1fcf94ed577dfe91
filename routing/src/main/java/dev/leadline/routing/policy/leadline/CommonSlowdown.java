package dev.leadline.routing.policy.leadline;

/**
 * How many times longer than usual the last requests of all targets took: a mean over about 32
 * samples, each divided by its target's mean. Above 1 where the cause is not one target: at the end
 * of a burst the samples of all targets are long. Not thread-safe.
 */
final class CommonSlowdown {

  private static final double WEIGHT = 1.0 / 32;

  /** One sample counts for at most this many times the mean. */
  private static final double MOST = 4;

  private double times = 1;

  /** A request was answered; {@code usual} does not have its sample yet. */
  void add(double sampleSeconds, ServiceTime usual) {
    if (usual.count() > 0) {
      double one = Math.min(MOST, sampleSeconds / usual.meanSeconds());
      times += WEIGHT * (one - times);
    }
  }

  /** At least 1: that all targets are faster than usual does not make one of them slow. */
  double times() {
    return Math.max(1, times);
  }
}
