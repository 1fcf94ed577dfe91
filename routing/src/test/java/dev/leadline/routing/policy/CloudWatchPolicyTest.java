package dev.leadline.routing.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.leadline.routing.TestGroup;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CloudWatchPolicyTest {

  private static TestGroup group(int targets) {
    return new TestGroup(
        new CloudWatchPolicy(
            new MetricQuery(
                "AWS/EC2",
                "CPUUtilization",
                "InstanceId",
                "Average",
                Duration.ofMinutes(1),
                Duration.ofSeconds(10)),
            80,
            70,
            Duration.ofMinutes(5)),
        TestGroup.equal(targets));
  }

  private static Set<String> used(TestGroup group) {
    return group.sequential(60).keySet();
  }

  @Test
  void aboveTheLimitNewRequestsGoToOthers() {
    TestGroup group = group(3);
    group.measured(0, 80.1);
    assertEquals(Set.of("t1", "t2"), used(group));
  }

  /** Catches one limit for both directions: a target at the limit would flap with every figure. */
  @Test
  void theyComeBackOnlyWellBelowIt() {
    TestGroup group = group(2);
    group.measured(0, 80);
    assertEquals(Set.of("t0", "t1"), used(group), "at the limit is not above it");
    group.measured(0, 90);
    group.measured(0, 75);
    assertEquals(Set.of("t1"), used(group));
    group.measured(0, 69);
    assertEquals(Set.of("t0", "t1"), used(group));
    group.measured(0, 75);
    assertEquals(Set.of("t0", "t1"), used(group));
  }

  @Test
  void whenAllAreAboveNoneIsLeftOut() {
    TestGroup group = group(2);
    group.measured(0, 99);
    group.measured(1, 99);
    assertEquals(Set.of("t0", "t1"), used(group));
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

  /** Catches a count of those above that forgets who left. */
  @Test
  void aTargetThatLeavesTakesItsVerdictAlong() {
    TestGroup group = group(2);
    group.measured(0, 99);
    group.update(1, 2);
    assertEquals(Set.of("t1", "t2"), used(group));
  }
}
