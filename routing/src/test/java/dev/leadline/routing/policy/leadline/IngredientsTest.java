package dev.leadline.routing.policy.leadline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Each ingredient by itself; what they are good for together, the simulation shows. */
class IngredientsTest {

  private static final long SECOND = 1_000_000_000L;

  /** Two requests served one after the other, 1 s each: busy 2 s, two completions, 1 s each. */
  @Test
  void attributedTimeOfAQueueIsBusyTimeOverCompletions() {
    BusyClock clock = new BusyClock();
    double first = clock.read(0, 0);
    double second = clock.read(0, 1);
    double firstSample = clock.read(SECOND, 2) - first;
    double secondSample = clock.read(2 * SECOND, 1) - second;
    assertEquals(1.0, (firstSample + secondSample) / 2, 1e-9);
  }

  @Test
  void attributedTimeStandsStillWithoutRequestsAndWhenTheClockJumpsBack() {
    BusyClock clock = new BusyClock();
    clock.read(0, 0);
    assertEquals(0, clock.read(SECOND, 0));
    assertEquals(0, clock.read(-5 * SECOND, 3));
    assertEquals(1, clock.read(-4 * SECOND, 1), 1e-9);
  }

  @Test
  void theMeanFollowsItsSamplesAndFadesWithTime() {
    ServiceTime time = new ServiceTime();
    for (int i = 0; i < 1000; i++) {
      time.add(0.010, 0);
    }
    assertEquals(0.010, time.meanSeconds(), 1e-9);
    assertEquals(ServiceTime.MEMORY - 1, time.count(), 1e-9);
    time.age((long) (ServiceTime.HALF_LIFE_SECONDS * SECOND));
    assertEquals((ServiceTime.MEMORY - 1) / 2, time.count(), 1e-6);
    time.forget();
    assertEquals(5, time.count(), 0.1);
  }

  private static Knowledge[] measured(double... meanSeconds) {
    SplittableRandom random = new SplittableRandom(1);
    Knowledge[] targets = new Knowledge[meanSeconds.length];
    for (int i = 0; i < targets.length; i++) {
      targets[i] = new Knowledge(0);
      for (int n = 0; n < 150 && meanSeconds[i] > 0; n++) {
        targets[i].serviceTime.add(meanSeconds[i] * random.nextExponential(), 0);
      }
    }
    return targets;
  }

  /** Fails when noise passes for a difference. */
  @Test
  void equalTargetsHaveExactlyEqualEstimates() {
    Knowledge[] targets = measured(0.010, 0.010, 0.010, 0.010);
    double mean = Shrinkage.estimate(List.of(targets), true);
    for (Knowledge target : targets) {
      assertEquals(mean, target.costSeconds, mean * 0.05);
    }
  }

  @Test
  void realDifferencesPassAndNewcomersHaveTheMean() {
    Knowledge[] targets = measured(0.010, 0.010, 0.160, 0);
    double mean = Shrinkage.estimate(List.of(targets), true);
    assertTrue(targets[2].costSeconds > 10 * targets[0].costSeconds);
    assertEquals(mean, targets[3].costSeconds, 1e-12);
  }

  @Test
  void withoutShrinkageEveryMeasurementStands() {
    Knowledge[] targets = measured(0.010, 0.010);
    Shrinkage.estimate(List.of(targets), false);
    assertEquals(targets[0].serviceTime.meanSeconds(), targets[0].costSeconds, 1e-12);
    assertEquals(targets[1].serviceTime.meanSeconds(), targets[1].costSeconds, 1e-12);
  }

  @Test
  void oneErrorProvesNothingAndManyDo() {
    ErrorRate rate = new ErrorRate();
    rate.add(true, 0);
    assertEquals(0, rate.atLeast());
    for (int i = 0; i < 60; i++) {
      rate.add(i % 2 == 0, 0);
    }
    assertTrue(rate.atLeast() > 0.35 && rate.atLeast() < 0.5, "" + rate.atLeast());
    rate.age(60 * SECOND);
    assertEquals(0, rate.atLeast());
  }

  @Test
  void trialsComeOneAtATimeAndEverMoreSeldom() {
    Closing closing = new Closing();
    SplittableRandom random = new SplittableRandom(1);
    closing.close(0, random);
    assertTrue(closing.isClosed());
    long now = 0;
    long wait = 0;
    for (int trial = 0; trial < 6; trial++) {
      long from = now;
      while (!closing.trialIsDue(now)) {
        now += SECOND / 100;
      }
      assertTrue(now - from >= wait * 0.6, "trial " + trial + " after " + (now - from));
      assertTrue(now - from <= 5.1 * SECOND);
      wait = Math.min(4 * SECOND, 2 * (now - from));
      closing.trialSent();
      assertFalse(closing.trialIsDue(now + 100 * SECOND), "a second trial beside the first");
      closing.failed(now, random);
    }
    closing.open();
    assertFalse(closing.isClosed());
    assertFalse(closing.trialIsDue(now + 100 * SECOND));
  }

  /** A target of so many workers, 10 ms a request: rate by the number in flight. */
  private static CapacityWindow learned(int workers, int deepest) {
    CapacityWindow window = new CapacityWindow();
    for (int round = 0; round < 100; round++) {
      for (int inFlight = 1; inFlight <= deepest; inFlight++) {
        window.passed(0.010 / Math.min(inFlight, workers), inFlight);
        window.completed(inFlight);
      }
    }
    return window;
  }

  @Test
  void theWindowIsTwiceWhatTheTargetCanUse() {
    assertEquals(2, learned(1, 8).size());
    assertEquals(4, learned(2, 8).size());
    int four = learned(4, 32).size();
    assertTrue(four >= 8 && four <= 12, "window " + four);
  }

  /** Fails when a limit is guessed for a target that was never seen saturated. */
  @Test
  void theWindowOfATargetNeverSaturatedIsUnknown() {
    assertEquals(CapacityWindow.UNKNOWN, learned(8, 6).size());
    CapacityWindow forgotten = learned(1, 8);
    forgotten.forget();
    assertEquals(CapacityWindow.UNKNOWN, forgotten.size());
  }

  @Test
  void aRecoveredTargetIsNoticedWithinAFewRequestsAndASlowOneIsNot() {
    SplittableRandom random = new SplittableRandom(1);
    ChangeDetector recovered = new ChangeDetector();
    int needed = 1;
    while (!recovered.settles(0.010 * random.nextExponential(), 0.160, 0.010)) {
      needed++;
    }
    assertTrue(needed < 20, needed + " requests");

    ChangeDetector slow = new ChangeDetector();
    for (int i = 0; i < 10_000; i++) {
      assertFalse(slow.settles(0.160 * random.nextExponential(), 0.160, 0.010), "request " + i);
    }
  }

  @Test
  void longPollsAreNoticedAndASpreadOfServiceTimesIsNot() {
    SplittableRandom random = new SplittableRandom(1);
    Sleepers sleepers = new Sleepers();
    assertTrue(sleepers.areMany(), "until it is known there may be some");
    for (int i = 0; i < 5000; i++) {
      sleepers.answered((long) (0.020 * SECOND * random.nextExponential()), 0.010);
    }
    assertFalse(sleepers.areMany());
    for (int i = 0; i < 2000; i++) {
      sleepers.answered(i % 20 == 0 ? 2 * SECOND : SECOND / 50, 0.010);
    }
    assertTrue(sleepers.areMany());
  }

  /** Fails when overload, in which requests take too long everywhere, closes good targets. */
  @Test
  void aTimeoutSaysNothingOfATargetThatAnswersOthers() {
    Knowledge target = new Knowledge(0);
    target.succeeded(10 * SECOND, 1, 0.010, 0.010, true);
    assertFalse(target.speaksAgainstTarget(10 * SECOND + 1, 5 * SECOND));
    assertTrue(target.speaksAgainstTarget(20 * SECOND, 5 * SECOND));
    assertTrue(target.speaksAgainstTarget(10 * SECOND + 1, SECOND / 1000));
  }
}
