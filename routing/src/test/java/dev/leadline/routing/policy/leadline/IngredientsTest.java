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
    AttributedTime clock = new AttributedTime();
    clock.advance(SECOND, 2);
    double firstSample = clock.seconds();
    clock.advance(2 * SECOND, 1);
    double secondSample = clock.seconds();
    assertEquals(1.0, (firstSample + secondSample) / 2, 1e-9);
  }

  @Test
  void attributedTimeStandsStillWithoutRequestsAndWhenTheClockJumpsBack() {
    AttributedTime clock = new AttributedTime();
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

  private static TargetModel model() {
    TargetState state =
        new TargetState(
            new Target("t", "10.0.0.1", 80, 1), 0, new TargetHealth(HealthThresholds.DEFAULT));
    return new TargetModel(state, 0, 0.010);
  }

  private static TargetModel[] measured(double... meanSeconds) {
    SplittableRandom random = new SplittableRandom(1);
    TargetModel[] targets = new TargetModel[meanSeconds.length];
    for (int i = 0; i < targets.length; i++) {
      targets[i] = model();
      for (int n = 0; n < 150 && meanSeconds[i] > 0; n++) {
        targets[i].serviceTime.add(meanSeconds[i] * random.nextExponential(), 0);
      }
    }
    return targets;
  }

  /** Fails when noise passes for a difference. */
  @Test
  void equalTargetsHaveExactlyEqualEstimates() {
    TargetModel[] targets = measured(0.010, 0.010, 0.010, 0.010);
    double mean = Shrinkage.estimate(List.of(targets), 0, true);
    for (TargetModel target : targets) {
      assertEquals(mean, target.costSeconds, mean * 0.05);
    }
  }

  @Test
  void realDifferencesPassAndNewcomersHaveTheMean() {
    TargetModel[] targets = measured(0.010, 0.010, 0.160, 0);
    double mean = Shrinkage.estimate(List.of(targets), 0, true);
    assertTrue(targets[2].costSeconds > 10 * targets[0].costSeconds);
    assertEquals(mean, targets[3].costSeconds, 1e-12);
  }

  @Test
  void withoutShrinkageEveryMeasurementStands() {
    TargetModel[] targets = measured(0.010, 0.010);
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
    rate.age(15 * SECOND);
    assertTrue(rate.atLeast() > 0.3, "it is remembered for longer than a trial takes");
    rate.age(120 * SECOND);
    assertEquals(0, rate.atLeast());
  }

  @Test
  void trialsComeOneAtATimeAndEverMoreSeldom() {
    CircuitBreaker circuitBreaker = new CircuitBreaker();
    SplittableRandom random = new SplittableRandom(1);
    circuitBreaker.open(0, random);
    assertTrue(circuitBreaker.isOpen());
    long now = 0;
    long wait = 0;
    for (int trial = 0; trial < 6; trial++) {
      long from = now;
      while (!circuitBreaker.trialIsDue(now)) {
        now += SECOND / 100;
      }
      assertTrue(now - from >= wait * 0.6, "trial " + trial + " after " + (now - from));
      assertTrue(now - from <= 5.1 * SECOND);
      wait = Math.min(4 * SECOND, 2 * (now - from));
      circuitBreaker.trialSent();
      assertFalse(circuitBreaker.trialIsDue(now + 100 * SECOND), "a second trial beside the first");
      circuitBreaker.failed(now, random);
    }
    circuitBreaker.close(now);
    assertFalse(circuitBreaker.isOpen());
    assertFalse(circuitBreaker.trialIsDue(now + 100 * SECOND));
  }

  /** Catches a target that hangs and gets one client after the other, until one waits for long. */
  @Test
  void aTrialThatSaysNothingIsRepeatedAfterAWait() {
    CircuitBreaker circuitBreaker = new CircuitBreaker();
    SplittableRandom random = new SplittableRandom(1);
    circuitBreaker.open(SECOND, random);
    circuitBreaker.trialSent();
    circuitBreaker.ignored(2 * SECOND, SECOND / 2, random);
    assertFalse(circuitBreaker.trialIsDue(9 * SECOND), "that was no trial: it was sent before");
    circuitBreaker.ignored(9 * SECOND, 2 * SECOND, random);
    assertFalse(circuitBreaker.trialIsDue(9 * SECOND));
    assertTrue(circuitBreaker.trialIsDue(10 * SECOND));
  }

  /** Catches a target that fails some of its requests and is tried as often as a good one. */
  @Test
  void whoFailsAgainWithinAMinuteWaitsLonger() {
    CircuitBreaker circuitBreaker = new CircuitBreaker();
    SplittableRandom random = new SplittableRandom(1);
    long now = 0;
    long[] waits = new long[9];
    for (int time = 0; time < waits.length; time++) {
      circuitBreaker.open(now, random);
      long from = now;
      while (!circuitBreaker.trialIsDue(now)) {
        now += SECOND / 100;
      }
      waits[time] = now - from;
      circuitBreaker.trialSent();
      circuitBreaker.close(now);
      now += (time == 7 ? 61 : 59) * SECOND;
    }
    for (int time = 0; time < 8; time++) {
      double expected = Math.min(30, 0.5 * (1 << time)) * SECOND;
      assertEquals(expected, (double) waits[time], 0.26 * expected, "time " + time);
    }
    assertTrue(waits[8] < SECOND, "it was good for a minute");
  }

  /** Routers and balancers that share a target try it together as often as one. */
  @Test
  void whoHasNoRequestsIsTriedByOneOfAllBalancers() {
    TargetModel target = measured(0.010)[0];
    target.target.balancers(6);
    assertFalse(target.isUnattended(6 * SECOND));
    assertTrue(target.isUnattended(6 * SECOND + 1));
    target.target.balancers(1);
    assertTrue(target.isUnattended(SECOND + 1));
  }

  /** Catches a closed target that is forgotten where requests are too few to spend one on it. */
  @Test
  void whoWaitedHalfAMinuteForATrialHasWaitedForLong() {
    CircuitBreaker circuitBreaker = new CircuitBreaker();
    circuitBreaker.open(0, new SplittableRandom(1));
    assertFalse(circuitBreaker.waitsForLong(30 * SECOND), "it became due only after the start");
    assertTrue(circuitBreaker.trialIsDue(31 * SECOND));
    assertTrue(circuitBreaker.waitsForLong(31 * SECOND));
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
    RecoveryDetector recovered = new RecoveryDetector();
    int needed = 1;
    while (!recovered.hasRecovered(0.010 * random.nextExponential(), 0.160, 0.010)) {
      needed++;
    }
    assertTrue(needed < 20, needed + " requests");

    RecoveryDetector slow = new RecoveryDetector();
    for (int i = 0; i < 10_000; i++) {
      assertFalse(
          slow.hasRecovered(0.160 * random.nextExponential(), 0.160, 0.010), "request " + i);
    }
  }

  /** Others asleep: the sample of a request as if they shared, and as if not. */
  private static void answers(LongPolls longPolls, boolean theySleep, int count) {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < count; i++) {
      boolean one = i % 20 == 0;
      longPolls.answered(one ? 2 * SECOND : SECOND / 50, one, 0.010);
      double ratio = 1 + 3 * random.nextDouble();
      double work = random.nextExponential();
      longPolls.compare(theySleep ? work / ratio : work, theySleep ? work : work * ratio);
    }
  }

  @Test
  void longPollsAreNoticedAndLongComputationsAreNotMistakenForThem() {
    LongPolls longPolls = new LongPolls();
    assertTrue(longPolls.maybe(), "until it is known there may be some");
    assertFalse(longPolls.arePresent());
    answers(longPolls, true, 3000);
    assertTrue(longPolls.arePresent());
    answers(longPolls, false, 6000);
    assertFalse(longPolls.arePresent());
  }

  /** Fails when a spread of service times alone is taken for sleep. */
  @Test
  void whereNobodySleepsThereAreNoSleepers() {
    SplittableRandom random = new SplittableRandom(1);
    LongPolls longPolls = new LongPolls();
    for (int i = 0; i < 5000; i++) {
      longPolls.answered((long) (0.020 * SECOND * random.nextExponential()), false, 0.010);
    }
    assertFalse(longPolls.maybe());
  }

  /** In a jam all take long: patience is then what the target could have served meanwhile. */
  @Test
  void patienceWithSleepersIsBounded() {
    LongPolls longPolls = new LongPolls();
    for (int i = 0; i < 2000; i++) {
      longPolls.answered(SECOND, false, 0.010);
    }
    assertEquals(SECOND / 2, longPolls.parkedAfterNanos(0.010));
  }

  @Test
  void aRequestIsAsleepOnceOneSentMuchLaterIsAnswered() {
    InFlightTable inFlightTable = new InFlightTable();
    InFlightTable.Chain chain = new InFlightTable.Chain();
    int poll = inFlightTable.add(chain, 0, 0, 0);
    int late = inFlightTable.add(chain, 5 * SECOND, 0, 0);
    int last = inFlightTable.add(chain, 6 * SECOND, 0, 0);
    inFlightTable.markParked(chain, 5 * SECOND, 2 * SECOND);
    inFlightTable.remove(chain, late);
    assertTrue(inFlightTable.isParked(poll));
    assertFalse(inFlightTable.isParked(last));
    assertEquals(1, chain.parked());
    inFlightTable.remove(chain, poll);
    assertEquals(0, chain.parked());
    inFlightTable.removeAll(chain);
    assertEquals(
        last, inFlightTable.add(chain, 7 * SECOND, 0, 0), "a place that is free is used again");
  }

  /** Any order of sending and ending, against a plain list. */
  @Test
  void flightsCountAsAPlainListWould() {
    SplittableRandom random = new SplittableRandom(3);
    InFlightTable inFlightTable = new InFlightTable();
    InFlightTable.Chain chain = new InFlightTable.Chain();
    List<Integer> open = new ArrayList<>();
    for (long now = 0; now < 20_000; now++) {
      if (open.isEmpty() || random.nextInt(100) < 51) {
        open.add(inFlightTable.add(chain, now, 0, 0));
      } else {
        int place = open.remove(random.nextInt(open.size()));
        inFlightTable.markParked(chain, inFlightTable.sentNanos(place), 100);
        inFlightTable.remove(chain, place);
      }
      assertEquals(open.stream().filter(inFlightTable::isParked).count(), chain.parked());
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
    RecoveryProbe recoveryProbe = new RecoveryProbe();
    assertFalse(recoveryProbe.probeIsDue(SECOND, 0, 0.015, 0.010), "it is not slow");
    assertFalse(recoveryProbe.probeIsDue(SECOND / 4, 0, 0.160, 0.010), "it had a request just now");
    assertTrue(recoveryProbe.probeIsDue(SECOND, 0, 0.160, 0.010));
    recoveryProbe.probeSent(SECOND);
    assertFalse(recoveryProbe.probeIsDue(SECOND + SECOND / 4, 0, 0.160, 0.010));
    assertFalse(recoveryProbe.showsRecovery(16_000_000));
    assertFalse(recoveryProbe.showsRecovery(14_000_000));
    assertTrue(recoveryProbe.showsRecovery(1_000_000));
  }

  /** Fails when overload, in which requests take too long everywhere, closes good targets. */
  @Test
  void aTimeoutSaysNothingOfATargetThatAnswersOthers() {
    TargetModel target = model();
    target.succeeded(10 * SECOND, 1, 0.010, 0.010, true);
    assertFalse(target.speaksAgainstTarget(10 * SECOND + 1, 5 * SECOND));
    assertTrue(target.speaksAgainstTarget(20 * SECOND, 5 * SECOND));
    assertTrue(target.speaksAgainstTarget(10 * SECOND + 1, SECOND / 1000));
  }
}
