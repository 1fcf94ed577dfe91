package dev.leadline.routing.policy.leadline;

/**
 * Probes one target that is too slow to get requests, every half a second: without requests its
 * recovery would go unnoticed. The first probes show how long one takes while the target is slow;
 * one that takes far less shows that it has recovered. Not thread-safe.
 */
final class RecoveryProbe {

  private static final long INTERVAL_NANOS = 500_000_000L;

  /** A target is slow if its cost is more than this many times the group's. */
  private static final double SLOW = 2;

  /** A probe that takes less than this part of the usual time shows a recovery. */
  private static final double CLEARLY_FASTER = 0.6;

  private static final double WEIGHT = 0.25;

  private double usualNanos;
  private long probedNanos;

  /** Whether a probe should be sent now. */
  boolean probeIsDue(long nowNanos, long sentNanos, double costSeconds, double groupSeconds) {
    boolean slow = costSeconds > SLOW * groupSeconds;
    if (!slow) {
      usualNanos = 0;
    }
    return slow
        && nowNanos - sentNanos >= INTERVAL_NANOS
        && nowNanos - probedNanos >= INTERVAL_NANOS;
  }

  /** A probe was sent. */
  void probeSent(long nowNanos) {
    probedNanos = nowNanos;
  }

  /** A probe was answered. Returns whether the target is clearly faster than before. */
  boolean showsRecovery(long responseNanos) {
    if (usualNanos == 0) {
      usualNanos = responseNanos;
      return false;
    }
    if (responseNanos < CLEARLY_FASTER * usualNanos) {
      usualNanos = 0;
      return true;
    }
    usualNanos += WEIGHT * (responseNanos - usualNanos);
    return false;
  }
}
