package dev.leadline.routing.policy.leadline;

/**
 * A slow target that gets no requests because it is slow. Nobody would notice that it has
 * recovered, so it is probed every half a second. The first probes tell how long one takes while
 * the target is slow; one that takes far less shows that it has recovered. Not thread-safe.
 */
final class RecoveryProbe {

  private static final long INTERVAL_NANOS = 500_000_000L;

  /** Only a target with so many times the group's cost is slow. */
  private static final double SLOW = 2;

  /** A probe that takes less than this share of the usual one has met a faster target. */
  private static final double CLEARLY_FASTER = 0.6;

  private static final double WEIGHT = 0.25;

  private double usualNanos;
  private long probedNanos;

  /** Whether it is time to ask. */
  boolean probeIsDue(long nowNanos, long sentNanos, double costSeconds, double groupSeconds) {
    boolean slow = costSeconds > SLOW * groupSeconds;
    if (!slow) {
      usualNanos = 0;
    }
    return slow
        && nowNanos - sentNanos >= INTERVAL_NANOS
        && nowNanos - probedNanos >= INTERVAL_NANOS;
  }

  /** A probe is on its way. */
  void probeSent(long nowNanos) {
    probedNanos = nowNanos;
  }

  /** A probe was answered; whether the target is clearly faster than it was. */
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
