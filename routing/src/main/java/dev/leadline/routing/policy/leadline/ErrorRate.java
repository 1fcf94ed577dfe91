package dev.leadline.routing.policy.leadline;

/**
 * The share of a target's requests that fail, with its uncertainty. Counts fade by 1/64 with each
 * request and by half every 15 seconds: a target that fails now and then must not be tried anew
 * every few seconds. Not thread-safe.
 */
final class ErrorRate {

  private static final double FADE_PER_REQUEST = 1 - 1.0 / 64;
  private static final double HALF_LIFE_SECONDS = 15;
  private static final double ONE_SIDED_95_PERCENT = 1.64;
  private static final double LEAST_ERRORS = 1.5;

  private double errors;
  private double requests;
  private int failuresInRow;
  private long updatedNanos;

  /** A request ended. */
  void add(boolean failed, long nowNanos) {
    age(nowNanos);
    errors = errors * FADE_PER_REQUEST + (failed ? 1 : 0);
    requests = requests * FADE_PER_REQUEST + 1;
    failuresInRow = failed ? Math.min(failuresInRow + 1, 1000) : 0;
  }

  /** Lets the counts fade. */
  void age(long nowNanos) {
    long elapsed = nowNanos - updatedNanos;
    updatedNanos = nowNanos;
    if (elapsed > 0) {
      double fade = Math.exp(-Math.log(2) * elapsed * 1e-9 / HALF_LIFE_SECONDS);
      errors *= fade;
      requests *= fade;
    }
  }

  /** Failures since the last success. */
  int failuresInRow() {
    return failuresInRow;
  }

  /** Errors, faded. */
  double errors() {
    return errors;
  }

  /** Requests, faded. */
  double requests() {
    return requests;
  }

  /** Lower end of the share's confidence interval, 0 to 1; 0 while there are too few errors. */
  double atLeast() {
    if (errors < LEAST_ERRORS) {
      return 0;
    }
    double share = errors / requests;
    double standardError = Math.sqrt(share * (1 - share) / requests);
    return Math.max(0, share - ONE_SIDED_95_PERCENT * standardError);
  }

  /** Forgets everything, because the target works again. */
  void reset() {
    errors = 0;
    requests = 0;
    failuresInRow = 0;
  }
}
