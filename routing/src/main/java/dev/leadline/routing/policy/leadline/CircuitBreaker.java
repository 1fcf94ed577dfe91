package dev.leadline.routing.policy.leadline;

import java.util.random.RandomGenerator;

/**
 * The circuit breaker of one target. While it is open, the target gets only trial requests, one at
 * a time: the first after half a second, then after twice the last wait, up to four seconds. Each
 * wait varies by up to a quarter so that several balancers do not try at the same moment. A trial
 * that succeeds closes the circuit.
 *
 * <p>A target that fails only some of its requests passes a trial soon, and fails again. So when a
 * circuit opens within a minute of its closing, the waits go on from the last one, up to half a
 * minute, instead of from half a second.
 *
 * <p>Not thread-safe.
 */
final class CircuitBreaker {

  private static final long FIRST_WAIT_NANOS = 500_000_000L;
  private static final long LONGEST_WAIT_NANOS = 4_000_000_000L;
  private static final long AGAIN_NANOS = 60_000_000_000L;
  private static final long LONGEST_AGAIN_NANOS = 30_000_000_000L;
  private static final double JITTER = 0.25;
  private static final long LONG_NANOS = 30_000_000_000L;

  private boolean open;
  private boolean trialUnderWay;
  private long openedNanos;
  private long waitNanos;
  private long closedNanos;
  private long trialDueNanos;

  /** Whether the target gets only trial requests. */
  boolean isOpen() {
    return open;
  }

  /** Whether a trial request may be sent now. */
  boolean trialIsDue(long nowNanos) {
    return open && !trialUnderWay && nowNanos - trialDueNanos >= 0;
  }

  /**
   * Whether a trial has been due for half a minute, so that {@link TrialRequests} must not delay it
   * further.
   */
  boolean waitsForLong(long nowNanos) {
    return nowNanos - trialDueNanos >= LONG_NANOS;
  }

  /** Stops requests to the target. */
  void open(long nowNanos, RandomGenerator random) {
    open = true;
    openedNanos = nowNanos;
    boolean again = waitNanos > 0 && nowNanos - closedNanos < AGAIN_NANOS;
    waitNanos = again ? Math.min(2 * waitNanos, LONGEST_AGAIN_NANOS) : FIRST_WAIT_NANOS;
    schedule(nowNanos, random);
  }

  /** A trial request was sent: no other may follow before it ends. */
  void trialSent() {
    trialUnderWay = true;
  }

  /** A request failed: the trial, or one that was sent before the circuit opened. */
  void failed(long nowNanos, RandomGenerator random) {
    if (trialUnderWay) {
      trialUnderWay = false;
      waitNanos = Math.max(waitNanos, Math.min(2 * waitNanos, LONGEST_WAIT_NANOS));
      schedule(nowNanos, random);
    }
  }

  /**
   * A request ended without saying anything about the target. If it was the trial, another follows
   * after the same wait: a target that hangs until clients leave would get one after the other.
   *
   * @param sentNanos when it was sent: before the circuit opened it was no trial
   */
  void ignored(long nowNanos, long sentNanos, RandomGenerator random) {
    if (trialUnderWay && sentNanos - openedNanos >= 0) {
      trialUnderWay = false;
      schedule(nowNanos, random);
    }
  }

  /** Lets requests through again. */
  void close(long nowNanos) {
    closedNanos = nowNanos;
    open = false;
    trialUnderWay = false;
  }

  private void schedule(long nowNanos, RandomGenerator random) {
    double factor = 1 - JITTER + 2 * JITTER * random.nextDouble();
    trialDueNanos = nowNanos + (long) (waitNanos * factor);
  }
}
