package dev.leadline.routing.policy.leadline;

/**
 * Detects that a target has become several times slower, sooner than its mean of 200 samples would
 * show it (a one-sided CUSUM; Page, Biometrika 41, 1954).
 *
 * <p>Each sample adds the logarithm of the likelihood ratio between {@value #TIMES} times the
 * target's service time and its service time, both taken as exponential. A sample counts for at
 * most {@value #MOST} times the mean, because requests differ and one long request proves nothing.
 * The sum never falls below 0; at {@value #THRESHOLD} the target counts as slower.
 *
 * <p>Not thread-safe.
 */
final class SlowdownDetector {

  private static final double THRESHOLD = 8;
  private static final double TIMES = 3;
  private static final double MOST = 4;

  /** The mean of fewer samples is too uncertain to compare with. */
  private static final double LEAST_SAMPLES = 20;

  private double evidence;

  /**
   * Adds a sample. Returns whether the target is now slower.
   *
   * @param usual its service time
   * @param common how far this is common to all targets
   */
  boolean hasSlowedDown(double sampleSeconds, ServiceTime usual, CommonSlowdown common) {
    if (usual.count() < LEAST_SAMPLES) {
      evidence = 0;
      return false;
    }
    double times = Math.min(MOST, sampleSeconds / (usual.meanSeconds() * common.times()));
    evidence = Math.max(0, evidence - Math.log(TIMES) + times * (1 - 1 / TIMES));
    if (evidence < THRESHOLD) {
      return false;
    }
    evidence = 0;
    return true;
  }
}
