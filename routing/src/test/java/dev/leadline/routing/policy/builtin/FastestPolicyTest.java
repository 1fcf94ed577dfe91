package dev.leadline.routing.policy.builtin;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.leadline.routing.TestGroup;
import dev.leadline.routing.policy.RoutingPolicy;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FastestPolicyTest {

  private final TestGroup group =
      new TestGroup(new FastestPolicy(Duration.ofSeconds(1), 0.1), TestGroup.equal(3));

  @Test
  void asksForProbes() {
    RoutingPolicy policy = new FastestPolicy(Duration.ofMillis(250), 0.1);
    assertEquals(Duration.ofMillis(250), policy.probeInterval().orElseThrow());
  }

  @Test
  void takesTurnsWhileNothingIsMeasured() {
    assertEquals(Map.of("t0", 2, "t1", 2, "t2", 2), group.sequential(6));
  }

  @Test
  void sendsEverythingToTheFastest() {
    group.probed(0, 3000);
    group.probed(1, 1000);
    group.probed(2, 2000);
    assertEquals(Map.of("t1", 50), group.sequential(50));
  }

  /** Also the unmeasured rule: one measurement, however slow, beats none. */
  @Test
  void anyMeasurementBeatsNone() {
    group.probed(2, 9_000_000);
    assertEquals(Map.of("t2", 10), group.sequential(10));
  }

  /** Catches a comparison without hysteresis: 9% faster is not enough to move, 11% is. */
  @Test
  void anotherTakesOverOnlyWhenClearlyFaster() {
    group.probed(0, 1000);
    assertEquals(Map.of("t0", 5), group.sequential(5));
    group.probed(1, 910);
    assertEquals(Map.of("t0", 5), group.sequential(5));
    group.probed(1, 890);
    assertEquals(Map.of("t1", 5), group.sequential(5));
    group.probed(0, 810);
    assertEquals(Map.of("t1", 5), group.sequential(5));
  }

  /** Catches a failed probe that is read as fast, or as no news. */
  @Test
  void aFailedProbeLosesThePlace() {
    group.probed(0, 1000);
    group.probed(1, 5000);
    assertEquals(Map.of("t0", 5), group.sequential(5));
    group.probeFailed(0);
    assertEquals(Map.of("t1", 5), group.sequential(5));
    group.probeFailed(1);
    assertEquals(Map.of("t0", 2, "t1", 2, "t2", 2), group.sequential(6));
  }

  @Test
  void anUnhealthyTargetLosesThePlace() {
    group.health(0, true);
    group.health(1, true);
    group.probed(0, 1000);
    group.probed(1, 5000);
    assertEquals(Map.of("t0", 5), group.sequential(5));
    group.health(0, false);
    assertEquals(Map.of("t1", 5), group.sequential(5));
    group.health(0, true);
    assertEquals(Map.of("t0", 5), group.sequential(5));
  }
}
