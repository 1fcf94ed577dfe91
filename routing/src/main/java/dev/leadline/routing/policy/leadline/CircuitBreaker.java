package dev.leadline.routing.policy.leadline;

import java.util.random.RandomGenerator;

/**
 * The circuit breaker of one target. While it is open, the target gets only trial requests, one at
 * a time: the first after five seconds, and after one that failed, after twice the last wait, up to
 * half a minute. Each wait varies by up to a quarter so that several balancers do not try at the
 * same moment.
 *
 * <p>A target that fails only some of its requests passes a trial soon, and fails again. So it has
 * to pass more trials in a row than it answered requests between its last two failures; one is
 * enough for a target that failed every request. And when a circuit opens within a minute of its
 * closing, the waits go on from the last one instead of from five seconds.
 *
 * <p>Not thread-safe.
 */
final class CircuitBreaker {

  private static final long FIRST_WAIT_NANOS = 5_000_000_000L;
  private static final long LONGEST_WAIT_NANOS = 30_000_000_000L;
  private static final double JITTER = 0.25;

  /** A target whose circuit was closed for less is still suspected. */
  private static final long SUSPECTED_NANOS = 60_000_000_000L;

  private static final long LONG_NANOS = 60_000_000_000L;

  /** Bounds how long a target stays without requests where trials are seldom. */
  private static final int MOST_TRIALS = 10;

  private boolean open;
  private boolean trialUnderWay;
  private int trialsToPass;
  private int trialsPassed;
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

  /** Whether its circuit was open within the last minute. */
  boolean isSuspected(long nowNanos) {
    return waitNanos > 0 && nowNanos - closedNanos < SUSPECTED_NANOS;
  }

  /**
   * Whether a trial has been due for a minute, so that {@link TrialRequests} must not delay it
   * further.
   */
  boolean waitsForLong(long nowNanos) {
    return nowNanos - trialDueNanos >= LONG_NANOS;
  }

  /**
   * Stops requests to the target.
   *
   * @param successesBetweenFailures requests that it answered between its last two failures
   */
  void open(long nowNanos, int successesBetweenFailures, RandomGenerator random) {
    waitNanos = isSuspected(nowNanos) ? longer() : FIRST_WAIT_NANOS;
    open = true;
    openedNanos = nowNanos;
    trialsToPass = Math.min(1 + 2 * successesBetweenFailures, MOST_TRIALS);
    trialsPassed = 0;
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
      trialsPassed = 0;
      waitNanos = longer();
      schedule(nowNanos, random);
    }
  }

  /**
   * A request succeeded. Returns whether the circuit has closed because of it.
   *
   * @param sentNanos when it was sent: before the circuit opened it says nothing
   */
  boolean succeeded(long nowNanos, long sentNanos) {
    if (!open || sentNanos < openedNanos) {
      return false;
    }
    trialUnderWay = false;
    trialDueNanos = nowNanos;
    trialsPassed++;
    if (trialsPassed < trialsToPass) {
      return false;
    }
    open = false;
    closedNanos = nowNanos;
    return true;
  }

  /** The trial's outcome says nothing about the target: another may follow at once. */
  void ignored() {
    trialUnderWay = false;
  }

  private long longer() {
    return Math.min(2 * waitNanos, LONGEST_WAIT_NANOS);
  }

  private void schedule(long nowNanos, RandomGenerator random) {
    double factor = 1 - JITTER + 2 * JITTER * random.nextDouble();
    trialDueNanos = nowNanos + (long) (waitNanos * factor);
  }
}
