package dev.leadline.routing.policy.leadline;

import java.util.Arrays;

/**
 * Learns how many requests one target can use at a time, from its completions per second at each
 * number in flight. The knee is the smallest number whose rate is at least 85% of the rate at twice
 * that number and above. The window is twice the knee, and at least two. More requests would only
 * wait at the target, where they cannot be sent elsewhere any more.
 *
 * <p>Not thread-safe.
 */
final class CapacityWindow {

  /** No limit: the knee is not known. */
  static final int UNKNOWN = Integer.MAX_VALUE;

  /** Exact up to 4 in flight, then in steps of about a half. */
  private static final int[] LEVELS = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256};

  private static final double ENOUGH = 0.85;
  private static final double LEAST_AT_KNEE = 24;
  private static final double LEAST_ABOVE = 20;
  private static final int COMPLETIONS_BETWEEN_UPDATES = 32;
  private static final double MEMORY_COMPLETIONS = 4000;

  private final double[] seconds = new double[LEVELS.length];
  private final double[] completions = new double[LEVELS.length];
  private double total;
  private int untilUpdate = COMPLETIONS_BETWEEN_UPDATES;
  private int window = UNKNOWN;

  private static int levelOf(int requestsInFlight) {
    int level = 0;
    while (level + 1 < LEVELS.length && LEVELS[level + 1] <= requestsInFlight) {
      level++;
    }
    return level;
  }

  /** Time passed with this many in flight. */
  void passed(double elapsedSeconds, int requestsInFlight) {
    seconds[levelOf(requestsInFlight)] += elapsedSeconds;
  }

  /** A request ended while this many, itself included, were in flight. */
  void completed(int requestsInFlight) {
    completions[levelOf(requestsInFlight)]++;
    total++;
    if (--untilUpdate == 0) {
      untilUpdate = COMPLETIONS_BETWEEN_UPDATES;
      update();
    }
  }

  /** In-flight requests the target can use, or {@link #UNKNOWN}. */
  int size() {
    return window;
  }

  /** Forgets everything, because the target behaves differently now. */
  void forget() {
    Arrays.fill(seconds, 0);
    Arrays.fill(completions, 0);
    total = 0;
    window = UNKNOWN;
  }

  private void update() {
    if (total > MEMORY_COMPLETIONS) {
      for (int level = 0; level < LEVELS.length; level++) {
        seconds[level] /= 2;
        completions[level] /= 2;
      }
      total /= 2;
    }
    window = UNKNOWN;
    for (int level = 0; level < LEVELS.length; level++) {
      double above = 0;
      double aboveSeconds = 0;
      for (int higher = level + 1; higher < LEVELS.length; higher++) {
        if (LEVELS[higher] >= 2 * LEVELS[level]) {
          above += completions[higher];
          aboveSeconds += seconds[higher];
        }
      }
      if (above < LEAST_ABOVE) {
        return;
      }
      if (completions[level] >= LEAST_AT_KNEE
          && completions[level] / seconds[level] >= ENOUGH * above / aboveSeconds) {
        int upper = level + 1 < LEVELS.length ? LEVELS[level + 1] - 1 : LEVELS[level];
        window = Math.max(2, 2 * upper);
        return;
      }
    }
  }
}
