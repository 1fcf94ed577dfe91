package dev.leadline.routing.policy.leadline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class CircuitBreakerTest {

  private static final long SECOND = 1_000_000_000L;

  private final CircuitBreaker circuitBreaker = new CircuitBreaker();
  private final SplittableRandom random = new SplittableRandom(1);
  private long now;

  /** Waits for the next trial and sends it; returns how long it took, in nanoseconds. */
  private long trial() {
    long from = now;
    while (!circuitBreaker.trialIsDue(now)) {
      now += SECOND / 100;
    }
    circuitBreaker.trialSent();
    return now - from;
  }

  /** The trial that was sent just now succeeds; returns whether the circuit has closed. */
  private boolean passes() {
    return circuitBreaker.succeeded(now, now);
  }

  private static void assertAbout(double expectedSeconds, long waitNanos, String what) {
    assertEquals(
        expectedSeconds * SECOND, (double) waitNanos, 0.26 * expectedSeconds * SECOND, what);
  }

  @Test
  void trialsComeOneAtATimeAndEverMoreSeldom() {
    circuitBreaker.open(now, 0, random);
    assertTrue(circuitBreaker.isOpen());
    double[] expected = {5, 10, 20, 30, 30, 30};
    for (int trial = 0; trial < expected.length; trial++) {
      assertAbout(expected[trial], trial(), "trial " + trial);
      assertFalse(circuitBreaker.trialIsDue(now + 100 * SECOND), "a second trial beside the first");
      circuitBreaker.failed(now, random);
    }
    trial();
    assertTrue(passes());
    assertFalse(circuitBreaker.isOpen());
    assertFalse(circuitBreaker.trialIsDue(now + 100 * SECOND));
  }

  /** Catches a target that fails some of its requests and is tried as often as a good one. */
  @Test
  void whoFailsAgainWithinAMinuteWaitsLonger() {
    double[] expected = {5, 10, 20, 30, 5};
    for (int time = 0; time < expected.length; time++) {
      circuitBreaker.open(now, 0, random);
      assertAbout(expected[time], trial(), "time " + time);
      assertTrue(passes());
      assertTrue(circuitBreaker.isSuspected(now + 59 * SECOND));
      assertFalse(circuitBreaker.isSuspected(now + 60 * SECOND));
      now += (time == 3 ? 61 : 59) * SECOND;
    }
  }

  /** Catches a target that fails every fifth request and is trusted after one that it answered. */
  @Test
  void whoAnsweredSomeRequestsPassesMoreTrials() {
    circuitBreaker.open(now, 2, random);
    trial();
    assertFalse(passes());
    trial();
    circuitBreaker.failed(now, random);
    for (int passed = 1; passed < 5; passed++) {
      trial();
      assertFalse(passes(), passed + " since the one that failed");
    }
    trial();
    assertTrue(passes(), "twice as many as before, and one");
  }

  /** Catches a circuit that stays open for hours where a trial is sent once a minute. */
  @Test
  void moreThanTenTrialsAreNeverNeeded() {
    circuitBreaker.open(now, 1000, random);
    for (int passed = 1; passed < 10; passed++) {
      trial();
      assertFalse(passes());
    }
    trial();
    assertTrue(passes());
  }

  /** Catches a circuit that is closed at once by what was on its way when it opened. */
  @Test
  void whatWasSentBeforeItOpenedIsNoTrial() {
    now = SECOND;
    circuitBreaker.open(now, 0, random);
    assertFalse(circuitBreaker.succeeded(now + 1, now - 1));
    assertTrue(circuitBreaker.isOpen());
  }

  /** Catches a closed target that is forgotten where requests are too few to spend one on it. */
  @Test
  void whoWaitedAMinuteForATrialHasWaitedForLong() {
    circuitBreaker.open(0, 2, random);
    assertFalse(circuitBreaker.waitsForLong(60 * SECOND), "it became due only after the start");
    assertTrue(circuitBreaker.waitsForLong(67 * SECOND));
    now = 67 * SECOND;
    trial();
    passes();
    assertFalse(circuitBreaker.waitsForLong(now + 59 * SECOND), "it passed one just now");
  }
}
