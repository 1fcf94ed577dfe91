package dev.leadline.routing.policy.builtin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.routing.RequestInFlight;
import dev.leadline.routing.TestGroup;
import dev.leadline.routing.option.OptionValues;
import dev.leadline.routing.policy.MetricQuery;
import dev.leadline.routing.policy.RoutingPolicy;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CloudWatchPolicyTest {

  private static final MetricQuery QUERY =
      new MetricQuery(
          "AWS/EC2",
          "CPUUtilization",
          "InstanceId",
          "Average",
          Duration.ofMinutes(1),
          Duration.ofMinutes(5),
          Duration.ofSeconds(10));

  private static TestGroup group(int targets) {
    return group(0.5, TestGroup.equal(targets));
  }

  private static TestGroup group(double mostShifted, int... weights) {
    return new TestGroup(new CloudWatchPolicy(QUERY, 80, 70, mostShifted), weights);
  }

  private static Set<String> used(TestGroup group) {
    return group.sequential(60).keySet();
  }

  private static String rule(TestGroup group) {
    group.nowNanos += 1_000_000;
    group.sequential(1);
    return group.router.decisions(1).get(0).rule();
  }

  @Test
  void aboveTheLimitNewRequestsGoToOthers() {
    TestGroup group = group(3);
    assertEquals("fewest requests in flight for its weight", rule(group));
    group.measured(0, 80.1);
    assertEquals(Set.of("t1", "t2"), used(group));
    assertEquals("fewest requests in flight for its weight, of those below the limit", rule(group));
  }

  /** Catches a choice among the rest that forgets what is in flight, or weights. */
  @Test
  void amongTheOthersTheFewestInFlightForItsWeight() {
    TestGroup group = group(0.5, 1, 2, 8);
    group.measured(0, 99);
    for (int i = 0; i < 100; i++) {
      group.open();
    }
    assertEquals(20, group.state(1).requestsInFlight(), 1);
    assertEquals(80, group.state(2).requestsInFlight(), 1);
  }

  /** Catches one limit for both directions: a target at the limit would flap with every figure. */
  @Test
  void theyComeBackOnlyWellBelowIt() {
    TestGroup group = group(2);
    group.measured(0, 80);
    assertEquals(Set.of("t0", "t1"), used(group), "at the limit is not above it");
    group.measured(0, 90);
    group.measured(0, 70.1);
    assertEquals(Set.of("t1"), used(group));
    group.measured(0, 70);
    assertEquals(Set.of("t0", "t1"), used(group));
    group.measured(0, 75);
    assertEquals(Set.of("t0", "t1"), used(group));
  }

  /** Catches a default by which the lab's path of all targets never shifts: 5 of 9 are small. */
  @Test
  void byDefaultFiveOfNineMayBeLeftOut() {
    RoutingPolicy byDefault = CloudWatchPolicy.TYPE.factory().apply(OptionValues.of(Map.of()));
    TestGroup group = new TestGroup(byDefault, TestGroup.equal(9));
    for (int small = 4; small < 9; small++) {
      group.measured(small, 99);
    }
    assertEquals(Set.of("t0", "t1", "t2", "t3"), used(group));
  }

  /** Whatever share may be shifted away from: something has to serve. */
  @ParameterizedTest
  @ValueSource(doubles = {0, 0.5, 1})
  void whenAllAreAboveNoneIsLeftOut(double mostShifted) {
    TestGroup group = group(mostShifted, 1, 1);
    group.measured(0, 99);
    group.measured(1, 99);
    assertEquals(Set.of("t0", "t1"), used(group));
    assertEquals(
        "too many are above the limit: fewest requests in flight for its weight", rule(group));
  }

  /** Catches a ranking by the metric: a newcomer that shows 0 would get everything. */
  @Test
  void whoShowsLeastGetsNoMoreThanItsShare() {
    TestGroup group = group(3);
    group.measured(0, 60);
    group.measured(1, 60);
    group.measured(2, 0);
    assertEquals(20, group.sequential(60).getOrDefault("t2", 0));
  }

  /**
   * Figures a minute old: all are busy, one joins and shows nothing, or 0. Catches a rule that
   * leaves out everybody else: the newcomer would get all there is, a minute before it shows.
   */
  @ParameterizedTest
  @CsvSource({"0.5, 30", "0.75, 120"})
  void aNewcomerIsNotFloodedWhileTheOthersAreAboveTheLimit(double mostShifted, int most) {
    TestGroup group = group(mostShifted, 1, 1, 1);
    for (int i = 0; i < 3; i++) {
      group.measured(i, 95);
    }
    group.update(0, 1, 2, 3);
    assertEquals(most, atNewcomer(group), "it shows nothing");
    group.measured(3, 0);
    assertEquals(2 * most, atNewcomer(group), "it shows 0");
  }

  /** Of 120 more requests that stay. */
  private static int atNewcomer(TestGroup group) {
    for (int i = 0; i < 120; i++) {
      group.open();
    }
    return group.state(3).requestsInFlight();
  }

  /** Catches a count of targets instead of their weights: one of three may be most of them. */
  @Test
  void whatMayBeShiftedIsAShareOfTheWeight() {
    TestGroup heavy = group(0.5, 5, 2, 2);
    heavy.measured(0, 99);
    assertEquals("t0", heavy.open().target().target().id());
    TestGroup light = group(0.5, 4, 2, 2);
    light.measured(0, 99);
    assertEquals(Set.of("t1", "t2"), used(light), "exactly so much may be");
  }

  @Test
  void aFigureThatIsTooOldSaysNothing() {
    TestGroup group = group(2);
    group.measured(0, 99);
    group.nowNanos += Duration.ofMinutes(5).toNanos();
    assertEquals(Set.of("t1"), used(group));
    group.nowNanos += 1;
    assertEquals(Set.of("t0", "t1"), used(group));
    group.router.measured(group.state(0), 99, Duration.ofMinutes(6));
    assertEquals(Set.of("t0", "t1"), used(group), "older than what is known");
  }

  /**
   * CloudWatch corrects a data point while figures for it still arrive. Its age is computed from
   * two clocks, and seems to be a little more or less each time.
   */
  @ParameterizedTest
  @ValueSource(longs = {-1_000, 0, 1_000})
  void aNewerReadingOfTheSameMomentReplacesTheOlder(long jitterNanos) {
    TestGroup group = group(2);
    Duration age = Duration.ofSeconds(30);
    group.router.measured(group.state(0), 90, age);
    group.nowNanos += Duration.ofSeconds(10).toNanos();
    Duration later = age.plusSeconds(10).plusNanos(jitterNanos);
    group.router.measured(group.state(0), 60, later);
    assertEquals(Set.of("t0", "t1"), used(group), "corrected");
    group.router.measured(group.state(0), 90, later.plusSeconds(1));
    assertEquals(Set.of("t0", "t1"), used(group), "the data point before it");
  }

  /** Catches an age that begins when the figure was read: it was true long before. */
  @Test
  void aFigureThatIsOldWhenItComesIsOld() {
    TestGroup group = group(2);
    group.nowNanos += Duration.ofHours(1).toNanos();
    group.router.measured(group.state(0), 99, Duration.ofMinutes(6));
    assertEquals(Set.of("t0", "t1"), used(group));
    group.router.measured(group.state(0), 99, Duration.ofMinutes(4));
    assertEquals(Set.of("t1"), used(group));
    group.nowNanos += Duration.ofMinutes(1).toNanos() + 1;
    assertEquals(Set.of("t0", "t1"), used(group));
  }

  /** A verdict that expired may be given again. */
  @Test
  void aNewFigureCountsAfterAnOldOneExpired() {
    TestGroup group = group(2);
    group.measured(0, 99);
    group.nowNanos += Duration.ofMinutes(6).toNanos();
    assertEquals(Set.of("t0", "t1"), used(group));
    group.measured(0, 99);
    assertEquals(Set.of("t1"), used(group));
  }

  /** Catches a count of those above that forgets who left. */
  @Test
  void aTargetThatLeavesTakesItsVerdictAlong() {
    TestGroup group = group(2);
    group.measured(0, 99);
    group.update(1, 2);
    assertEquals(Set.of("t1", "t2"), used(group));
    assertEquals("fewest requests in flight for its weight", rule(group), "nobody is above");
  }

  @Test
  void requestsOnTheirWayAreLeftAlone() {
    TestGroup group = group(2);
    RequestInFlight request = group.open();
    group.measured(request.target().index(), 99);
    assertEquals(1, request.target().requestsInFlight());
    assertFalse(used(group).contains(request.target().target().id()));
    request.succeeded();
  }

  @Test
  void saysHowLoadedATargetLooks() {
    TestGroup group = group(2);
    assertEquals(1, group.router.load(group.state(0)));
    group.open();
    assertEquals(2, group.router.load(group.state(0)));
  }

  @Test
  void settingsOfTheirOwn() {
    CloudWatchPolicy policy =
        (CloudWatchPolicy)
            CloudWatchPolicy.TYPE
                .factory()
                .apply(
                    OptionValues.of(
                        Map.of(
                            "namespace", "CWAgent",
                            "metric", "LogicalDisk % Free Space",
                            "period", "5m")));
    assertEquals("CWAgent", policy.query().namespace());
    assertEquals("LogicalDisk % Free Space", policy.query().name());
    assertEquals(Duration.ofMinutes(5), policy.query().period());
    assertEquals(70, policy.resumeBelow());
    assertTrue(policy.metric().isPresent());
  }

  /** CloudWatch knows these periods and no others, and refuses the whole call over a wrong one. */
  @ParameterizedTest
  @CsvSource({
    "1s, true", "5s, true", "10s, true", "30s, true", "1m, true", "9m, true", "60m, true",
    "2s, false", "60s, false", "0m, false", "61m, false", "90s, false", "1h, false", "m, false"
  })
  void onlyPeriodsThatCloudWatchKnows(String text, boolean allowed) {
    OptionValues settings = OptionValues.of(Map.of("period", text));
    boolean taken = true;
    try {
      RoutingPolicy policy = CloudWatchPolicy.TYPE.factory().apply(settings);
      assertTrue(policy.metric().isPresent());
    } catch (IllegalArgumentException e) {
      taken = false;
    }
    assertEquals(allowed, taken);
  }
}
