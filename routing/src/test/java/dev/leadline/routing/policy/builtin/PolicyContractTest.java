package dev.leadline.routing.policy.builtin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.routing.RequestInFlight;
import dev.leadline.routing.TestGroup;
import dev.leadline.routing.policy.RoutingPolicy;
import dev.leadline.routing.target.TargetState;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What every policy has to keep, whoever wrote it; {@link PolicyEventsTest} and {@link
 * PolicyCountersTest} are part of it.
 */
class PolicyContractTest {

  /** All policies, with their settings as they are where configuration gives none. */
  static Stream<RoutingPolicy> policies() {
    return Policies.all().stream().map(type -> type.withDefaults());
  }

  @ParameterizedTest
  @MethodSource("policies")
  void noTargetRefusesTheRequest(RoutingPolicy policy) {
    TestGroup group = new TestGroup(policy);
    assertTrue(group.ask().refused);
    assertEquals(0, group.router.requestsHeld());
  }

  @ParameterizedTest
  @MethodSource("policies")
  void oneTargetGetsEverything(RoutingPolicy policy) {
    assertEquals(Map.of("t0", 100), new TestGroup(policy, 7).sequential(100));
  }

  /** Catches a selector that ignores the candidates it is given. */
  @ParameterizedTest
  @MethodSource("policies")
  void unhealthyTargetsGetNothing(RoutingPolicy policy) {
    TestGroup group = new TestGroup(policy, TestGroup.equal(4));
    for (int i = 0; i < 4; i++) {
      group.probed(i, 1000 + i);
      group.health(i, i == 1 || i == 3);
    }
    Map<String, Integer> counts = group.sequential(100);
    assertFalse(counts.containsKey("t0"));
    assertFalse(counts.containsKey("t2"));
    assertEquals(100, counts.values().stream().mapToInt(n -> n).sum());
  }

  @ParameterizedTest
  @MethodSource("policies")
  void allUnhealthyFailsOpen(RoutingPolicy policy) {
    TestGroup group = new TestGroup(policy, TestGroup.equal(3));
    for (int i = 0; i < 3; i++) {
      group.health(i, false);
    }
    assertTrue(group.router.isFailOpen());
    assertEquals(Set.of("t0", "t1", "t2"), group.sequential(300).keySet());

    group.health(1, true);
    assertFalse(group.router.isFailOpen());
    assertEquals(Map.of("t1", 10), group.sequential(10));
  }

  /**
   * One of two is ejected, then the other fails its checks: whoever is left is used although it is
   * ejected. Catches an ejection that is stronger than having no other target.
   */
  @ParameterizedTest
  @MethodSource("policies")
  void allEjectedFailsOpen(RoutingPolicy policy) {
    TestGroup group = new TestGroup(policy, TestGroup.equal(2));
    group.health(0, true);
    group.health(1, true);
    List<RequestInFlight> open = new ArrayList<>();
    while (group.state(0).requestsInFlight() < 5) {
      // Drawn by lot, by flow or in turn: the first target has five after a while.
      open.add(group.open());
    }
    open.stream().filter(request -> request.target().index() == 0).forEach(RequestInFlight::failed);
    assertNotEquals(policy.avoidsFailingTargets(), group.router.isEjected(group.state(0)));
    if (!policy.avoidsFailingTargets()) {
      assertEquals(Map.of("t1", 20), group.sequential(20));
    }
    group.health(1, false);
    assertEquals(Map.of("t0", 20), group.sequential(20));
    assertFalse(group.router.isFailOpen(), "one is healthy");
  }

  /** Everything fails everywhere: nobody is refused, and nobody gets everything for ever. */
  @ParameterizedTest
  @MethodSource("policies")
  void whereEverythingFailsRequestsStillGetATarget(RoutingPolicy policy) {
    TestGroup group = new TestGroup(policy, TestGroup.equal(3));
    Set<String> used = new HashSet<>();
    for (int i = 0; i < 3000; i++) {
      RequestInFlight request = group.open();
      used.add(request.target().target().id());
      group.nowNanos += 20_000_000;
      request.failed();
      group.router.tick();
    }
    assertEquals(Set.of("t0", "t1", "t2"), used);
  }

  /**
   * Room for chance: 150 are five standard deviations of drawing lots. Fair while nothing tells the
   * targets apart; fastest takes turns until it has measured.
   */
  @ParameterizedTest
  @MethodSource("policies")
  void equalTargetsGetEqualShares(RoutingPolicy policy) {
    TestGroup group = new TestGroup(policy, TestGroup.equal(7));
    Map<String, Integer> counts = group.sequential(7000);
    assertEquals(7, counts.size());
    counts.values().forEach(count -> assertEquals(1000, count, 150));
  }

  /**
   * Weights 1, 2 and 5, with so many requests in flight that the load is what decides; equal shares
   * where weights have no meaning.
   */
  @ParameterizedTest
  @MethodSource("policies")
  void weightsAreShares(RoutingPolicy policy) {
    int[] counts = shares(policy, 1);
    double sum = isWeighted(policy) ? 8 : 3;
    // Without chance, the round that is not over; with chance, five standard deviations of it.
    double tolerance = dependsOnChance(policy, counts) ? 5 * Math.sqrt(800 * 0.25) : 2;
    assertEquals(800 * 1 / sum, counts[0], tolerance);
    assertEquals(800 * (isWeighted(policy) ? 2 : 1) / sum, counts[1], tolerance);
    assertEquals(800 * (isWeighted(policy) ? 5 : 1) / sum, counts[2], tolerance);
  }

  /** What each of three targets gets of 800 requests that stay in flight. */
  private static int[] shares(RoutingPolicy policy, long seed) {
    TestGroup group = TestGroup.seeded(seed, policy, 1, 2, 5);
    int[] counts = new int[3];
    for (int i = 0; i < 800; i++) {
      counts[group.open().target().index()]++;
    }
    return counts;
  }

  /** Whether other random numbers and other clients give other shares. */
  private static boolean dependsOnChance(RoutingPolicy policy, int[] counts) {
    return LongStream.rangeClosed(2, 5)
        .mapToObj(seed -> shares(policy, seed))
        .anyMatch(
            others -> IntStream.range(0, 3).anyMatch(i -> Math.abs(others[i] - counts[i]) > 2));
  }

  private static boolean isWeighted(RoutingPolicy policy) {
    return Policies.named(policy.name()).orElseThrow().weighted();
  }

  @ParameterizedTest
  @MethodSource("policies")
  void aSecondCompletionChangesNothing(RoutingPolicy policy) {
    TestGroup group = new TestGroup(policy, TestGroup.equal(2));
    RequestInFlight first = group.open();
    TargetState target = first.target();
    first.failed();
    first.succeeded();
    first.ignored();
    assertEquals(0, target.requestsInFlight());
    assertEquals(1, target.count(dev.leadline.routing.target.Outcome.FAILED));
    assertEquals(0, target.count(dev.leadline.routing.target.Outcome.SUCCEEDED));
    assertEquals(0, target.count(dev.leadline.routing.target.Outcome.IGNORED));
  }

  /** What is no figure of a metric changes nothing, also where a figure is known. */
  @ParameterizedTest
  @MethodSource("policies")
  void senselessMetricsChangeNothing(RoutingPolicy policy) {
    TestGroup group = new TestGroup(policy, TestGroup.equal(3));
    double[] senseless = {
      Double.NaN, -1, -Double.MIN_VALUE, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY
    };
    for (double value : senseless) {
      group.measured(0, value);
      assertTrue(Double.isNaN(group.state(0).metric()));
    }
    assertEquals(3, group.sequential(300).size());
    group.measured(0, 99);
    for (double value : senseless) {
      group.measured(0, value);
      assertEquals(99, group.state(0).metric());
    }
  }

  /** Times nobody would believe, and figures as large as there are: it still answers. */
  @ParameterizedTest
  @MethodSource("policies")
  void survivesExtremes(RoutingPolicy policy) {
    TestGroup group = new TestGroup(policy, TestGroup.equal(3));
    for (long nanos : new long[] {0, 1, Long.MAX_VALUE}) {
      for (int i = 0; i < 3; i++) {
        group.probed(i, nanos);
        group.measured(i, i == 1 ? Double.MAX_VALUE : 0);
      }
      assertEquals(100, group.sequential(100).values().stream().mapToInt(count -> count).sum());
      for (TargetState state : group.router.states()) {
        double load = group.router.load(state);
        assertTrue(Double.isNaN(load) || load >= 0, policy.name() + ": " + load);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("policies")
  void weightZeroGetsNothing(RoutingPolicy policy) {
    TestGroup group = new TestGroup(policy, 1, 0, 1);
    assertEquals(Set.of("t0", "t2"), group.sequential(100).keySet());
    for (int i = 0; i < 3; i++) {
      group.health(i, false);
    }
    assertEquals(Set.of("t0", "t2"), group.sequential(100).keySet(), "not even when all fail");
    assertTrue(new TestGroup(policy, 0, 0).ask().refused);
  }

  @ParameterizedTest
  @MethodSource("policies")
  void tenThousandTargets(RoutingPolicy policy) {
    TestGroup group = new TestGroup(policy, TestGroup.equal(10_000));
    ArrayDeque<RequestInFlight> open = new ArrayDeque<>();
    Set<String> used = new HashSet<>();
    for (int i = 0; i < 300; i++) {
      group.nowNanos += 100_000;
      RequestInFlight request = group.open();
      used.add(request.target().target().id());
      open.add(request);
    }
    group.router.tick();
    assertTrue(used.size() > 200, policy.name() + " used only " + used.size());
    open.forEach(RequestInFlight::succeeded);
  }
}
