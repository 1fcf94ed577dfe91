package dev.leadline.routing.policy.leadline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What a change of a target looks like, and what only looks like one. */
class DetectorsTest {

  private static final double MEAN = 0.010;

  private final SplittableRandom random = new SplittableRandom(1);

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

  private static int failuresUntilNoticed(double others, int successesBetween, boolean suspected) {
    FailureDetector detector = new FailureDetector();
    for (int failures = 1; failures <= 1000; failures++) {
      detector.add(true, others);
      if (detector.failsAlone(suspected)) {
        return failures;
      }
      for (int i = 0; i < successesBetween; i++) {
        detector.add(false, others);
      }
    }
    return Integer.MAX_VALUE;
  }

  /** Catches a client's error for each request of a target that fails all of them. */
  @Test
  void twoFailuresAreEnoughWhereOthersDoNotFail() {
    assertEquals(2, failuresUntilNoticed(0, 0, false));
    assertEquals(2, failuresUntilNoticed(0, 5, false), "it fails every sixth request");
  }

  /** Catches good targets that are closed because an application fails now and then. */
  @Test
  void itTakesMoreWhereOthersFailToo() {
    assertEquals(4, failuresUntilNoticed(0.01, 0, false));
    assertEquals(7, failuresUntilNoticed(0.04, 0, false));
    assertEquals(Integer.MAX_VALUE, failuresUntilNoticed(0.01, 40, false));
    assertEquals(Integer.MAX_VALUE, failuresUntilNoticed(0.14, 0, false), "all fail");
  }

  @Test
  void whoFailedAMomentAgoNeedsHalfOfTheEvidence() {
    assertEquals(1, failuresUntilNoticed(0, 0, true));
    assertEquals(2, failuresUntilNoticed(0.01, 0, true));
  }

  /** Catches evidence without a bound: after a long trouble, years of successes would not do. */
  @Test
  void whoAnswersIsForgivenHoweverOftenItFailed() {
    FailureDetector detector = new FailureDetector();
    for (int i = 0; i < 10_000; i++) {
      detector.add(true, 0);
    }
    for (int i = 0; i < 40; i++) {
      detector.add(false, 0);
    }
    assertFalse(detector.failsAlone(true));
  }

  @Test
  void successesAreCountedBetweenTheLastTwoFailures() {
    FailureDetector detector = new FailureDetector();
    boolean[] failed = {false, true, false, false, true, false};
    for (boolean one : failed) {
      detector.add(one, 0);
    }
    assertEquals(2, detector.successesBetweenFailures());
  }

  private static ServiceTime usual() {
    ServiceTime usual = new ServiceTime();
    for (int i = 0; i < 200; i++) {
      usual.add(MEAN, 0);
    }
    return usual;
  }

  /** Requests until it is noticed that they are so many times longer than usual. */
  private int untilSlow(double times, CommonSlowdown common) {
    SlowdownDetector detector = new SlowdownDetector();
    ServiceTime usual = usual();
    for (int requests = 1; requests <= 1000; requests++) {
      if (detector.hasSlowedDown(times * MEAN * random.nextExponential(), usual, common)) {
        return requests;
      }
    }
    return Integer.MAX_VALUE;
  }

  @Test
  void aTargetThatBecomesMuchSlowerIsNoticedWithinAFewRequestsAndABitSlowerIsNot() {
    for (int i = 0; i < 100; i++) {
      int requests = untilSlow(16, new CommonSlowdown());
      assertTrue(requests <= 20, requests + " requests");
      assertEquals(Integer.MAX_VALUE, untilSlow(1, new CommonSlowdown()));
    }
  }

  /** Catches targets that count as slow because all samples at the end of a burst are long. */
  @Test
  void whereAllBecomeSlowerNoneIsSlow() {
    CommonSlowdown common = new CommonSlowdown();
    for (int i = 0; i < 200; i++) {
      common.add(3 * MEAN, usual());
    }
    assertEquals(3, common.times(), 0.1);
    assertEquals(Integer.MAX_VALUE, untilSlow(3, common));
    for (int i = 0; i < 200; i++) {
      common.add(MEAN / 10, usual());
    }
    assertEquals(1, common.times(), "that all are fast does not make one slow");
  }

  /** Catches one long request among short ones that makes its target slow. */
  @Test
  void oneLongRequestProvesNothing() {
    SlowdownDetector detector = new SlowdownDetector();
    ServiceTime usual = usual();
    for (int i = 0; i < 1000; i++) {
      double sample = i % 20 == 0 ? 100 * MEAN : MEAN / 2;
      assertFalse(detector.hasSlowedDown(sample, usual, new CommonSlowdown()), "request " + i);
    }
  }

  /** Catches a newcomer that is slow compared with its first requests. */
  @Test
  void theMeanOfAFewRequestsIsNotComparedWith() {
    SlowdownDetector detector = new SlowdownDetector();
    ServiceTime usual = new ServiceTime();
    usual.add(MEAN / 100, 0);
    for (int i = 0; i < 100; i++) {
      assertFalse(detector.hasSlowedDown(MEAN, usual, new CommonSlowdown()));
    }
  }
}
