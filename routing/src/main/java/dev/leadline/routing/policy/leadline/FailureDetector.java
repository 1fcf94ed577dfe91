package dev.leadline.routing.policy.leadline;

/**
 * Detects that a target fails requests that others would not, from the order in which requests
 * failed (a one-sided CUSUM; Page, Biometrika 41, 1954).
 *
 * <p>Each answer adds the logarithm of the likelihood ratio between a target that fails a fifth of
 * its requests and one that fails as many as the others, with a margin: two failures in a row are
 * enough where others fail less than one in four hundred requests, and where others fail more, more
 * are needed. The sum never falls below 0, and stops at {@value #THRESHOLD}.
 *
 * <p>Not thread-safe.
 */
final class FailureDetector {

  private static final double THRESHOLD = 8;

  /** The share that a failing target fails. */
  private static final double FAILING = 0.2;

  /** A target's failures count as far as they exceed the others' by this factor. */
  private static final double COMMON = 1.5;

  /** Others that never failed a request may fail one. */
  private static final double LEAST_SHARE = 0.001;

  /** {@link CircuitBreaker} asks for no more. */
  private static final int MOST_SUCCESSES = 16;

  private double evidence;
  private int successes;
  private int between;

  /**
   * A request ended.
   *
   * @param others share of the other targets' requests that fail, 0 to 1
   */
  void add(boolean failed, double others) {
    double usual = Math.max(LEAST_SHARE, COMMON * others);
    // Where others fail as much, neither a failure nor a success says anything.
    double ratio =
        usual >= FAILING
            ? 0
            : failed ? Math.log(FAILING / usual) : Math.log((1 - FAILING) / (1 - usual));
    evidence = Math.min(THRESHOLD, Math.max(0, evidence + ratio));
    if (failed) {
      between = successes;
      successes = 0;
    } else {
      successes = Math.min(successes + 1, MOST_SUCCESSES);
    }
  }

  /**
   * Whether it fails more than the others.
   *
   * @param suspected whether it did a short time ago, so that half of the evidence is enough
   */
  boolean failsAlone(boolean suspected) {
    return evidence >= (suspected ? THRESHOLD / 2 : THRESHOLD);
  }

  /** Successes between the last two failures, at most {@value #MOST_SUCCESSES}. */
  int successesBetweenFailures() {
    return between;
  }

  /** Forgets the evidence. */
  void reset() {
    evidence = 0;
  }
}
