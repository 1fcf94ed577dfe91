package dev.leadline.routing.policy.leadline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.routing.health.HealthThresholds;
import dev.leadline.routing.health.TargetHealth;
import dev.leadline.routing.target.Target;
import dev.leadline.routing.target.TargetState;
import java.util.ArrayList;
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
    clock.advance(SECOND, 2);
    double firstSample = clock.seconds();
    clock.advance(2 * SECOND, 1);
    double secondSample = clock.seconds();
    assertEquals(1.0, (firstSample + secondSample) / 2, 1e-9);
  }

  @Test
  void attributedTimeStandsStillWithoutRequestsAndWhenTheClockJumpsBack() {
    BusyClock clock = new BusyClock();
    clock.advance(SECOND, 0);
    assertEquals(0, clock.seconds());
    clock.advance(-5 * SECOND, 3);
    assertEquals(0, clock.seconds());
    clock.advance(-4 * SECOND, 1);
    assertEquals(1, clock.seconds(), 1e-9);
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

  private static Knowledge knowledge() {
    TargetState state =
        new TargetState(
            new Target("t", "10.0.0.1", 80, 1), 0, new TargetHealth(HealthThresholds.DEFAULT));
    return new Knowledge(state, 0, 0.010);
  }

  private static Knowledge[] measured(double... meanSeconds) {
    SplittableRandom random = new SplittableRandom(1);
    Knowledge[] targets = new Knowledge[meanSeconds.length];
    for (int i = 0; i < targets.length; i++) {
      targets[i] = knowledge();
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
    double mean = Shrinkage.estimate(List.of(targets), 0, true);
    for (Knowledge target : targets) {
      assertEquals(mean, target.costSeconds, mean * 0.05);
    }
  }

  @Test
  void realDifferencesPassAndNewcomersHaveTheMean() {
    Knowledge[] targets = measured(0.010, 0.010, 0.160, 0);
    double mean = Shrinkage.estimate(List.of(targets), 0, true);
    assertTrue(targets[2].costSeconds > 10 * targets[0].costSeconds);
    assertEquals(mean, targets[3].costSeconds, 1e-12);
  }

  @Test
  void withoutShrinkageEveryMeasurementStands() {
    Knowledge[] targets = measured(0.010, 0.010);
    Shrinkage.estimate(List.of(targets), 0, false);
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

  /** Catches a closed target that is forgotten where requests are too few to spend one on it. */
  @Test
  void whoWaitedHalfAMinuteForATrialHasWaitedForLong() {
    Closing closing = new Closing();
    closing.close(0, new SplittableRandom(1));
    assertFalse(closing.waitsForLong(30 * SECOND), "it became due only after the start");
    assertTrue(closing.trialIsDue(31 * SECOND));
    assertTrue(closing.waitsForLong(31 * SECOND));
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

  /** Others asleep: the sample of a request as if they shared, and as if not. */
  private static void answers(Sleepers sleepers, boolean theySleep, int count) {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < count; i++) {
      boolean one = i % 20 == 0;
      sleepers.answered(one ? 2 * SECOND : SECOND / 50, one, 0.010);
      double ratio = 1 + 3 * random.nextDouble();
      double work = random.nextExponential();
      sleepers.compare(theySleep ? work / ratio : work, theySleep ? work : work * ratio);
    }
  }

  @Test
  void longPollsAreNoticedAndLongComputationsAreNotMistakenForThem() {
    Sleepers sleepers = new Sleepers();
    assertTrue(sleepers.maybe(), "until it is known there may be some");
    assertFalse(sleepers.arePresent());
    answers(sleepers, true, 3000);
    assertTrue(sleepers.arePresent());
    answers(sleepers, false, 6000);
    assertFalse(sleepers.arePresent());
  }

  /** Fails when a spread of service times alone is taken for sleep. */
  @Test
  void whereNobodySleepsThereAreNoSleepers() {
    SplittableRandom random = new SplittableRandom(1);
    Sleepers sleepers = new Sleepers();
    for (int i = 0; i < 5000; i++) {
      sleepers.answered((long) (0.020 * SECOND * random.nextExponential()), false, 0.010);
    }
    assertFalse(sleepers.maybe());
  }

  /** In a jam all take long: patience is then what the target could have served meanwhile. */
  @Test
  void patienceWithSleepersIsBounded() {
    Sleepers sleepers = new Sleepers();
    for (int i = 0; i < 2000; i++) {
      sleepers.answered(SECOND, false, 0.010);
    }
    assertEquals(SECOND / 2, sleepers.patienceNanos(0.010));
  }

  @Test
  void aRequestIsAsleepOnceOneSentMuchLaterIsAnswered() {
    Flights flights = new Flights();
    Flights.Queue queue = new Flights.Queue();
    int poll = flights.open(queue, 0, 0, 0);
    int late = flights.open(queue, 5 * SECOND, 0, 0);
    int last = flights.open(queue, 6 * SECOND, 0, 0);
    flights.overtaken(queue, 5 * SECOND, 2 * SECOND);
    flights.close(queue, late);
    assertTrue(flights.isAsleep(poll));
    assertFalse(flights.isAsleep(last));
    assertEquals(1, queue.asleep());
    flights.close(queue, poll);
    assertEquals(0, queue.asleep());
    flights.closeAll(queue);
    assertEquals(last, flights.open(queue, 7 * SECOND, 0, 0), "a place that is free is used again");
  }

  /** Any order of sending and ending, against a plain list. */
  @Test
  void flightsCountAsAPlainListWould() {
    SplittableRandom random = new SplittableRandom(3);
    Flights flights = new Flights();
    Flights.Queue queue = new Flights.Queue();
    List<Integer> open = new ArrayList<>();
    for (long now = 0; now < 20_000; now++) {
      if (open.isEmpty() || random.nextInt(100) < 51) {
        open.add(flights.open(queue, now, 0, 0));
      } else {
        int place = open.remove(random.nextInt(open.size()));
        flights.overtaken(queue, flights.sentNanos(place), 100);
        flights.close(queue, place);
      }
      assertEquals(open.stream().filter(flights::isAsleep).count(), queue.asleep());
    }
  }

  @Test
  void aRegressionFindsTheSlopeAndItsDoubt() {
    SplittableRandom random = new SplittableRandom(1);
    Regression regression = new Regression(1e9);
    assertEquals(Double.POSITIVE_INFINITY, regression.doubt());
    for (int i = 0; i < 4000; i++) {
      double x = random.nextDouble();
      regression.add(x, 3 - 2 * x + 0.1 * random.nextGaussian());
    }
    assertEquals(-2, regression.slope(), regression.doubt());
    // Standard error 0.1 / (sd of x * sqrt n) = 0.1 / (0.289 * 63.2).
    assertEquals(2 * 0.1 / (0.289 * 63.2), regression.doubt(), 0.002);
  }

  @Test
  void waitingPaysWhileTheQueueEndsSoonerThanASlowTargetServes() {
    double slow = 0.160;
    double full = 0.030;
    assertTrue(Patience.pays(slow, full, 100, 50, 12), "30 ms and 120 ms are less than 160 ms");
    assertFalse(Patience.pays(slow, full, 100, 50, 14));
    assertFalse(Patience.pays(slow, full, 100, 101, 0), "a queue that does not end");
    assertTrue(Patience.pays(Double.POSITIVE_INFINITY, full, 100, 500, 1000), "nobody has room");
    assertFalse(
        Patience.pays(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, 0, 0, 0),
        "all are closed");
  }

  @Test
  void aBurstIsNotALastingRate() {
    ArrivalRate rate = new ArrivalRate();
    for (int i = 0; i < 1000; i++) {
      rate.arrived();
    }
    rate.update(SECOND / 100, 800);
    assertTrue(rate.perSecond() < 10, "" + rate.perSecond());
    for (int slice = 2; slice < 2000; slice++) {
      for (int i = 0; i < 9; i++) {
        rate.arrived();
      }
      rate.update(slice * SECOND / 100, 800);
    }
    assertEquals(900, rate.perSecond(), 5);
  }

  /**
   * Fails when a slow target at rest is not asked, or when a probe like all others ends its rest.
   */
  @Test
  void aRestEndsWithAProbeThatIsClearlyFaster() {
    Rest rest = new Rest();
    assertFalse(rest.probeIsDue(SECOND, 0, 0.015, 0.010), "it is not slow");
    assertFalse(rest.probeIsDue(SECOND / 4, 0, 0.160, 0.010), "it had a request just now");
    assertTrue(rest.probeIsDue(SECOND, 0, 0.160, 0.010));
    rest.probeSent(SECOND);
    assertFalse(rest.probeIsDue(SECOND + SECOND / 4, 0, 0.160, 0.010));
    assertFalse(rest.ends(16_000_000));
    assertFalse(rest.ends(14_000_000));
    assertTrue(rest.ends(1_000_000));
  }

  /** Fails when overload, in which requests take too long everywhere, closes good targets. */
  @Test
  void aTimeoutSaysNothingOfATargetThatAnswersOthers() {
    Knowledge target = knowledge();
    target.succeeded(10 * SECOND, 1, 0.010, 0.010, true);
    assertFalse(target.speaksAgainstTarget(10 * SECOND + 1, 5 * SECOND));
    assertTrue(target.speaksAgainstTarget(20 * SECOND, 5 * SECOND));
    assertTrue(target.speaksAgainstTarget(10 * SECOND + 1, SECOND / 1000));
  }
}
