package dev.leadline.routing.policy.leadline;

import java.util.random.RandomGenerator;

/**
 * Whether one target gets requests, and when it may be tried again. While the circuit is open, it
 * gets none but trial requests: one real request after half a second, then after twice as long, up
 * to four seconds, each wait longer or shorter by up to a quarter so that several balancers do not
 * try at once. A trial that succeeds closes the circuit. Where requests are few, whoever asks also
 * sees to it that trials are few among them; after half a minute a target {@linkplain #waitsForLong
 * has waited} enough.
 *
 * <p>Not thread-safe.
 */
final class CircuitBreaker {

  private static final long FIRST_WAIT_NANOS = 500_000_000L;
  private static final long LONGEST_WAIT_NANOS = 4_000_000_000L;
  private static final double JITTER = 0.25;
  private static final long LONG_NANOS = 30_000_000_000L;

  private boolean open;
  private boolean trialUnderWay;
  private long waitNanos;
  private long trialDueNanos;

  /** Whether the target gets no requests but trials. */
  boolean isOpen() {
    return open;
  }

  /** Whether one request may be sent to see if the target has recovered. */
  boolean trialIsDue(long nowNanos) {
    return open && !trialUnderWay && nowNanos - trialDueNanos >= 0;
  }

  /** Whether it could have been tried for so long that it is, however few requests there are. */
  boolean waitsForLong(long nowNanos) {
    return nowNanos - trialDueNanos >= LONG_NANOS;
  }

  /** Stops requests to the target. */
  void open(long nowNanos, RandomGenerator random) {
    open = true;
    waitNanos = FIRST_WAIT_NANOS;
    schedule(nowNanos, random);
  }

  /** The trial is on its way: no other before it has ended. */
  void trialSent() {
    trialUnderWay = true;
  }

  /** A request failed: the trial, or one that was sent before the target was closed. */
  void failed(long nowNanos, RandomGenerator random) {
    if (trialUnderWay) {
      trialUnderWay = false;
      waitNanos = Math.min(2 * waitNanos, LONGEST_WAIT_NANOS);
      schedule(nowNanos, random);
    }
  }

  /** A trial ended in a way that says nothing: another may follow at once. */
  void ignored() {
    trialUnderWay = false;
  }

  /** Lets requests through again. */
  void close() {
    open = false;
    trialUnderWay = false;
  }

  private void schedule(long nowNanos, RandomGenerator random) {
    double factor = 1 - JITTER + 2 * JITTER * random.nextDouble();
    trialDueNanos = nowNanos + (long) (waitNanos * factor);
  }
}
