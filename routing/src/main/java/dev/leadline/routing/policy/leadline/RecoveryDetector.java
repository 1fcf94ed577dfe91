package dev.leadline.routing.policy.leadline;

/**
 * Detects that a slow target has become as fast as the others, sooner than its mean would show it
 * (a one-sided CUSUM; Page, Biometrika 41, 1954).
 *
 * <p>Each sample adds the logarithm of the likelihood ratio between the group's service time and
 * the target's own, both taken as exponential: {@code ln(own / group) - sample * (1 / group - 1 /
 * own)}. The sum never falls below 0; at {@value #THRESHOLD} the target counts as recovered.
 *
 * <p>Not thread-safe.
 */
final class RecoveryDetector {

  private static final double THRESHOLD = 12;
  private static final double WORTH_NOTICING = 2;

  private double evidence;

  /** Adds a sample. Returns whether the target is now as fast as the group. */
  boolean hasRecovered(double sampleSeconds, double ownSeconds, double groupSeconds) {
    if (ownSeconds < WORTH_NOTICING * groupSeconds) {
      evidence = 0;
      return false;
    }
    evidence +=
        Math.log(ownSeconds / groupSeconds) - sampleSeconds * (1 / groupSeconds - 1 / ownSeconds);
    if (evidence < 0) {
      evidence = 0;
    }
    if (evidence < THRESHOLD) {
      return false;
    }
    evidence = 0;
    return true;
  }
}
