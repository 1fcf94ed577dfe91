package dev.leadline.routing.resilience;

import static dev.leadline.routing.target.Outcome.FAILED;
import static dev.leadline.routing.target.Outcome.IGNORED;
import static dev.leadline.routing.target.Outcome.SUCCEEDED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.routing.resilience.OutlierDetector.TargetMonitor;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class OutlierDetectorTest {

  private static final long SECOND = 1_000_000_000L;
  private static final Duration INTERVAL = Duration.ofSeconds(10);
  private static final Duration BASE = Duration.ofSeconds(30);
  private static final Duration LONGEST = Duration.ofSeconds(70);

  /** Failures in a row only, half the group at most. */
  private static final Ejection IN_ROW = new Ejection(3, 0, 0, INTERVAL, BASE, LONGEST, 0.5);

  private static final Ejection BY_RATE = new Ejection(0, 1.5, 0, INTERVAL, BASE, LONGEST, 0.5);
  private static final Ejection BY_TIME = new Ejection(0, 0, 3, INTERVAL, BASE, LONGEST, 0.5);

  @Test
  void aRuleThatIsSetIsOn() {
    assertFalse(Ejection.OFF.isOn());
    assertTrue(Ejection.DEFAULT.isOn());
    assertTrue(IN_ROW.isOn());
    assertTrue(BY_RATE.isOn());
    assertTrue(BY_TIME.isOn());
  }

  @Test
  void failuresInARowEject() {
    OutlierDetector detector = new OutlierDetector(IN_ROW);
    TargetMonitor bad = group(detector, 4).get(0);
    assertFalse(detector.closed(bad, FAILED, 1, 0));
    assertFalse(detector.closed(bad, FAILED, 1, 0));
    assertFalse(detector.closed(bad, SUCCEEDED, 1, 0));
    assertFalse(detector.closed(bad, FAILED, 1, 0));
    assertFalse(detector.closed(bad, FAILED, 1, 0));
    assertFalse(detector.closed(bad, IGNORED, 1, 0));
    assertTrue(detector.closed(bad, FAILED, 1, 0));
    assertTrue(bad.isEjected());
  }

  /** Catches an ejection that ends too early, never, or again at the first failure after it. */
  @Test
  void itComesBackWhenItsTimeIsOver() {
    OutlierDetector detector = new OutlierDetector(IN_ROW);
    TargetMonitor bad = group(detector, 4).get(0);
    eject(detector, bad, 5 * SECOND);
    assertFalse(detector.tick(35 * SECOND - 1));
    assertTrue(bad.isEjected());
    assertTrue(detector.tick(35 * SECOND));
    assertFalse(bad.isEjected());
    assertFalse(detector.closed(bad, FAILED, 1, 35 * SECOND));
  }

  @Test
  void theNextEjectionLastsLongerUpToALimit() {
    OutlierDetector detector = new OutlierDetector(IN_ROW);
    TargetMonitor bad = group(detector, 4).get(0);
    long now = 0;
    for (long seconds : new long[] {30, 60, 70}) {
      eject(detector, bad, now);
      detector.tick(now + seconds * SECOND - 1);
      assertTrue(bad.isEjected(), seconds + " s");
      now += seconds * SECOND;
      detector.tick(now);
      assertFalse(bad.isEjected(), seconds + " s");
    }
  }

  /** An interval without a failure takes one ejection back. */
  @Test
  void goodConductIsRemembered() {
    OutlierDetector detector = new OutlierDetector(IN_ROW);
    TargetMonitor bad = group(detector, 4).get(0);
    eject(detector, bad, 0);
    detector.tick(30 * SECOND); // back, with its failures
    detector.tick(40 * SECOND); // without
    eject(detector, bad, 40 * SECOND);
    detector.tick(70 * SECOND);
    assertFalse(bad.isEjected());
  }

  @Test
  void someAreAlwaysLeft() {
    OutlierDetector detector = new OutlierDetector(IN_ROW);
    List<TargetMonitor> all = group(detector, 4);
    all.forEach(it -> eject(detector, it, 0));
    assertEquals(2, all.stream().filter(TargetMonitor::isEjected).count());

    OutlierDetector pair = new OutlierDetector(IN_ROW);
    List<TargetMonitor> both = group(pair, 2);
    both.forEach(it -> eject(pair, it, 0));
    assertEquals(1, both.stream().filter(TargetMonitor::isEjected).count());

    OutlierDetector single = new OutlierDetector(IN_ROW);
    TargetMonitor alone = group(single, 1).get(0);
    eject(single, alone, 0);
    assertFalse(alone.isEjected());
  }

  @Test
  void whoHasLeftDoesNotCount() {
    OutlierDetector detector = new OutlierDetector(IN_ROW);
    List<TargetMonitor> all = group(detector, 4);
    eject(detector, all.get(0), 0);
    eject(detector, all.get(1), 0);
    detector.leave(all.get(0));
    detector.leave(all.get(1));
    eject(detector, all.get(2), 0);
    assertTrue(all.get(2).isEjected());
  }

  @Test
  void muchWorseThanTheOthersEjects() {
    OutlierDetector detector = new OutlierDetector(BY_RATE);
    List<TargetMonitor> all = group(detector, 6);
    all.forEach(it -> requests(detector, it, 95, 5, SECOND));
    requests(detector, all.get(0), 0, 40, SECOND);
    assertFalse(detector.tick(10 * SECOND - 1));
    assertTrue(detector.tick(10 * SECOND));
    assertTrue(all.get(0).isEjected());
    assertEquals(1, all.stream().filter(TargetMonitor::isEjected).count());
  }

  /** One failure among thousands is many deviations where nobody else fails. */
  @Test
  void fourPointsBelowTheOthersIsNotMuchWorse() {
    OutlierDetector detector = new OutlierDetector(BY_RATE);
    List<TargetMonitor> all = group(detector, 6);
    all.forEach(it -> requests(detector, it, 100, 0, SECOND));
    requests(detector, all.get(0), 0, 4, SECOND);
    assertFalse(detector.tick(10 * SECOND));
  }

  /** Catches the deviations added or left out: here the worst is within them. */
  @Test
  void whereAllDifferNobodyIsAnOutlier() {
    OutlierDetector detector = new OutlierDetector(BY_RATE);
    List<TargetMonitor> all = group(detector, 6);
    for (int i = 0; i < 6; i++) {
      requests(detector, all.get(i), 100 - 10 * i, 10 * i, SECOND);
    }
    assertFalse(detector.tick(10 * SECOND));
  }

  @Test
  void ratesOfFewRequestsOrFewTargetsSayNothing() {
    OutlierDetector few = new OutlierDetector(BY_RATE);
    List<TargetMonitor> six = group(few, 6);
    six.forEach(it -> requests(few, it, 99, 0, SECOND));
    requests(few, six.get(0), 0, 1, SECOND); // 100 requests, and nobody to compare with
    assertFalse(few.tick(10 * SECOND));

    OutlierDetector small = new OutlierDetector(BY_RATE);
    List<TargetMonitor> four = group(small, 4);
    four.forEach(it -> requests(small, it, 200, 0, SECOND));
    requests(small, four.get(0), 0, 200, SECOND);
    assertFalse(small.tick(10 * SECOND));

    OutlierDetector enough = new OutlierDetector(BY_RATE);
    List<TargetMonitor> five = group(enough, 5);
    five.forEach(it -> requests(enough, it, 100, 0, SECOND));
    requests(enough, five.get(0), 0, 100, SECOND);
    assertTrue(enough.tick(10 * SECOND));
  }

  @Test
  void muchSlowerThanTheMedianEjects() {
    OutlierDetector detector = new OutlierDetector(BY_TIME);
    List<TargetMonitor> all = group(detector, 4);
    all.forEach(it -> answers(detector, it, 20, 10));
    answers(detector, all.get(0), 20, 51); // a mean of 30.5, above 3 times 10
    assertTrue(detector.tick(10 * SECOND));
    assertTrue(all.get(0).isEjected());
    assertEquals(1, all.stream().filter(TargetMonitor::isEjected).count());
  }

  @Test
  void threeTimesTheMedianIsNotAbove() {
    OutlierDetector detector = new OutlierDetector(BY_TIME);
    List<TargetMonitor> all = group(detector, 3);
    all.subList(1, 3).forEach(it -> answers(detector, it, 20, 10));
    answers(detector, all.get(0), 20, 30);
    assertFalse(detector.tick(10 * SECOND));
  }

  @Test
  void timesOfFewAnswersOrFewTargetsSayNothing() {
    OutlierDetector few = new OutlierDetector(BY_TIME);
    List<TargetMonitor> four = group(few, 4);
    four.subList(1, 4).forEach(it -> answers(few, it, 20, 10));
    answers(few, four.get(0), 19, 1000);
    assertFalse(few.tick(10 * SECOND));

    OutlierDetector small = new OutlierDetector(BY_TIME);
    List<TargetMonitor> two = group(small, 2);
    answers(small, two.get(0), 20, 1000);
    answers(small, two.get(1), 20, 10);
    assertFalse(small.tick(10 * SECOND));
  }

  /** Catches counts that are carried from one interval into the next. */
  @Test
  void everyIntervalCountsAnew() {
    OutlierDetector detector = new OutlierDetector(BY_TIME);
    List<TargetMonitor> all = group(detector, 4);
    all.forEach(it -> answers(detector, it, 20, 10));
    assertFalse(detector.tick(10 * SECOND));
    answers(detector, all.get(0), 19, 1000);
    assertFalse(detector.tick(20 * SECOND));
  }

  private static List<TargetMonitor> group(OutlierDetector detector, int targets) {
    return Stream.generate(detector::join).limit(targets).toList();
  }

  private static void eject(OutlierDetector detector, TargetMonitor monitor, long nowNanos) {
    for (int i = 0; i < IN_ROW.consecutiveFailures(); i++) {
      detector.closed(monitor, FAILED, 1, nowNanos);
    }
  }

  private static void requests(
      OutlierDetector detector, TargetMonitor monitor, int well, int failed, long nowNanos) {
    for (int i = 0; i < well; i++) {
      detector.closed(monitor, SUCCEEDED, 1, nowNanos);
    }
    for (int i = 0; i < failed; i++) {
      detector.closed(monitor, FAILED, 1, nowNanos);
    }
  }

  private static void answers(
      OutlierDetector detector, TargetMonitor monitor, int count, long nanos) {
    for (int i = 0; i < count; i++) {
      detector.closed(monitor, SUCCEEDED, nanos, SECOND);
    }
  }
}
