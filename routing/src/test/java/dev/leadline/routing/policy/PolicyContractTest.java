package dev.leadline.routing.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.routing.RequestInFlight;
import dev.leadline.routing.TestGroup;
import dev.leadline.routing.target.TargetState;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every policy has to keep, whoever wrote it. */
class PolicyContractTest {

  /** All policies, with their settings as they are where configuration gives none. */
  static Stream<RoutingPolicy> policies() {
    return Policies.all().stream().map(type -> type.factory().apply(new DefaultSettings()));
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
    TestGroup group = new TestGroup(policy, 1, 2, 5);
    Map<String, Integer> counts = new TreeMap<>();
    for (int i = 0; i < 800; i++) {
      counts.merge(group.open().target().target().id(), 1, Integer::sum);
    }
    double sum = isWeighted(policy) ? 8 : 3;
    // Five standard deviations of drawing lots; where nothing is drawn, the round that is not over.
    double tolerance = BY_LOT.contains(policy.name()) ? 5 * Math.sqrt(800 * 0.25) : 2;
    assertEquals(800 * 1 / sum, counts.getOrDefault("t0", 0), tolerance);
    assertEquals(800 * (isWeighted(policy) ? 2 : 1) / sum, counts.getOrDefault("t1", 0), tolerance);
    assertEquals(800 * (isWeighted(policy) ? 5 : 1) / sum, counts.getOrDefault("t2", 0), tolerance);
  }

  private static final Set<String> BY_LOT = Set.of("random", "prequal", "flow_hash");

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

  /**
   * A counter that only grows would overflow one day: 2^31 requests are an afternoon. So after a
   * whole number of rounds a selector has to look as it did before, in every whole number it holds.
   * (An estimate in floating point may move; it cannot overflow.)
   */
  @ParameterizedTest
  @MethodSource("policies")
  void noCounterGrowsForEver(RoutingPolicy policy) throws ReflectiveOperationException {
    TestGroup group = new TestGroup(policy, 3, 3, 3);
    Object selector = field(group.router, "selector");
    group.sequential(96);
    Map<String, Object> before = new TreeMap<>();
    numbers("selector", selector, before, new HashSet<>());
    group.sequential(96 * 1000);
    Map<String, Object> after = new TreeMap<>();
    numbers("selector", selector, after, new HashSet<>());
    assertEquals(before, after);
  }

  /** The guard of the guard above: a growing counter is seen. */
  @Test
  void aGrowingCounterWouldBeSeen() throws ReflectiveOperationException {
    var counting =
        new TargetSelector() {
          int picks;

          @Override
          public dev.leadline.routing.target.Selection select(
              List<TargetState> candidates, dev.leadline.routing.PendingRequest request, int held) {
            return candidates.get(picks++ % candidates.size());
          }
        };
    TestGroup group =
        new TestGroup(
            new RoutingPolicy() {
              @Override
              public String name() {
                return "counting";
              }

              @Override
              public TargetSelector newSelector(dev.leadline.routing.Surroundings surroundings) {
                return counting;
              }
            },
            TestGroup.equal(3));
    Map<String, Object> before = new TreeMap<>();
    numbers("selector", counting, before, new HashSet<>());
    group.sequential(9);
    Map<String, Object> after = new TreeMap<>();
    numbers("selector", counting, after, new HashSet<>());
    assertNotEquals(before, after);
  }

  /** Anything may happen in any order: the answer is a candidate, and in-flight counts end at 0. */
  @ParameterizedTest
  @MethodSource("policies")
  void survivesAnyOrderOfEvents(RoutingPolicy policy) {
    SplittableRandom random = new SplittableRandom(42);
    TestGroup group = new TestGroup(policy, 1, 2, 3, 4, 1);
    ArrayDeque<TestGroup.Asked> asked = new ArrayDeque<>();
    for (int i = 0; i < 20_000; i++) {
      group.nowNanos += random.nextInt(1_000_000);
      switch (random.nextInt(6)) {
        case 0, 1, 2 -> {
          TestGroup.Asked request = group.ask();
          assertFalse(request.refused);
          RequestInFlight inFlight = request.inFlight;
          if (inFlight != null) {
            assertTrue(group.router.candidates().contains(inFlight.target()));
          }
          asked.addLast(request);
        }
        case 3 -> closeFirst(asked, random.nextInt(10));
        case 4 -> group.health(random.nextInt(5), random.nextBoolean());
        default -> group.probed(random.nextInt(5), random.nextInt(1, 1_000_000));
      }
    }
    // Held requests are answered in order, so there is always one to close until none is left.
    while (!asked.isEmpty()) {
      assertTrue(closeFirst(asked, 0), "nothing is in flight, and a request still waits");
    }
    assertEquals(0, group.router.requestsHeld());
    group.router.states().forEach(state -> assertEquals(0, state.requestsInFlight()));
  }

  /** Targets come, go and come back while requests are on their way, in any order. */
  @ParameterizedTest
  @MethodSource("policies")
  void survivesTargetsThatComeAndGo(RoutingPolicy policy) {
    SplittableRandom random = new SplittableRandom(7);
    TestGroup group = new TestGroup(policy, TestGroup.equal(3));
    ArrayDeque<TestGroup.Asked> asked = new ArrayDeque<>();
    for (int i = 0; i < 20_000; i++) {
      group.nowNanos += random.nextInt(1_000_000);
      int kind = random.nextInt(100);
      if (kind == 0) {
        group.update(random.ints(0, 12).distinct().limit(random.nextInt(1, 9)).toArray());
      } else if (kind < 50) {
        TestGroup.Asked request = group.ask();
        RequestInFlight inFlight = request.inFlight;
        if (inFlight != null) {
          assertFalse(inFlight.target().hasLeft(), "a target that left got a request");
        }
        asked.addLast(request);
      } else if (kind < 97) {
        closeFirst(asked, random.nextInt(10));
      } else {
        group.router.tick();
      }
    }
    while (!asked.isEmpty()) {
      assertTrue(closeFirst(asked, 0), "nothing is in flight, and a request still waits");
    }
    assertEquals(group.router.group().targets().size(), group.router.states().size());
    group.router.states().forEach(state -> assertEquals(0, state.requestsInFlight()));
  }

  /** Catches a completion that is put down to whoever has the place of the target that left. */
  @ParameterizedTest
  @MethodSource("policies")
  void aCompletionAfterItsTargetLeftIsItsOwn(RoutingPolicy policy) {
    TestGroup group = new TestGroup(policy, 1);
    RequestInFlight last = group.open();
    TargetState old = last.target();
    group.update(1);
    assertEquals(2, group.router.states().size(), "it drains");
    RequestInFlight other = group.open();
    assertEquals("t1", other.target().target().id());
    last.failed();
    assertEquals(0, old.requestsInFlight());
    assertEquals(1, other.target().requestsInFlight());
    assertEquals(1, group.router.states().size());
    other.succeeded();
    assertEquals(Map.of("t1", 10), group.sequential(10));
  }

  /** A suspended machine, and a broken clock: an hour ahead, a day back. */
  @ParameterizedTest
  @MethodSource("policies")
  void survivesAClockThatJumps(RoutingPolicy policy) {
    TestGroup group = new TestGroup(policy, TestGroup.equal(3));
    for (long jump : new long[] {3_600_000_000_000L, -86_400_000_000_000L, 0, Long.MAX_VALUE / 4}) {
      RequestInFlight open = group.open();
      group.nowNanos += jump;
      group.router.tick();
      open.succeeded();
      for (int i = 0; i < 300; i++) {
        group.nowNanos += 1_000_000;
        RequestInFlight request = group.open();
        group.nowNanos += 1_000_000;
        request.succeeded();
        group.router.states().forEach(state -> assertEquals(0, state.requestsInFlight()));
      }
    }
    group.nowNanos += 400_000_000_000L;
    assertEquals(3, shares(group, 3000).size(), "a target is avoided for ever");
  }

  /** Requests one after the other, a millisecond each. */
  private static Map<String, Integer> shares(TestGroup group, int requests) {
    Map<String, Integer> counts = new TreeMap<>();
    for (int i = 0; i < requests; i++) {
      RequestInFlight request = group.open();
      counts.merge(request.target().target().id(), 1, Integer::sum);
      group.nowNanos += 1_000_000;
      request.succeeded();
    }
    return counts;
  }

  @ParameterizedTest
  @MethodSource("policies")
  void senselessMetricsChangeNothing(RoutingPolicy policy) {
    TestGroup group = new TestGroup(policy, TestGroup.equal(3));
    for (double value :
        new double[] {Double.NaN, -1, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
      group.measured(0, value);
      assertTrue(Double.isNaN(group.state(0).metric()));
    }
    assertEquals(3, group.sequential(300).size());
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

  /** Ends the first request that has a target; false where none has. */
  private static boolean closeFirst(ArrayDeque<TestGroup.Asked> asked, int outcome) {
    for (var requests = asked.iterator(); requests.hasNext(); ) {
      RequestInFlight inFlight = requests.next().inFlight;
      if (inFlight != null) {
        requests.remove();
        switch (outcome) {
          case 1 -> inFlight.failed();
          case 2 -> inFlight.ignored();
          default -> inFlight.succeeded();
        }
        return true;
      }
    }
    return false;
  }

  private static Object field(Object owner, String name) throws ReflectiveOperationException {
    Field field = owner.getClass().getDeclaredField(name);
    field.setAccessible(true);
    return field.get(owner);
  }

  private static boolean isWhole(Object value) {
    return value instanceof Integer || value instanceof Long || value instanceof Short;
  }

  /** Every whole number reachable from an object of a policy, by its path. */
  private static void numbers(
      String path, Object owner, Map<String, Object> found, Set<Object> seen)
      throws ReflectiveOperationException {
    if (!owner.getClass().getName().startsWith("dev.leadline.routing.policy") || !seen.add(owner)) {
      return;
    }
    for (Field field : owner.getClass().getDeclaredFields()) {
      if (Modifier.isStatic(field.getModifiers())) {
        continue;
      }
      field.setAccessible(true);
      Object value = field.get(owner);
      String name = path + "." + field.getName();
      if (value == null) {
        continue;
      }
      if (value.getClass().isArray()) {
        for (int i = 0; i < Array.getLength(value); i++) {
          Object element = Array.get(value, i);
          if (isWhole(element)) {
            found.put(name + "[" + i + "]", element);
          } else if (element != null) {
            numbers(name + "[" + i + "]", element, found, seen);
          }
        }
      } else if (isWhole(value)) {
        found.put(name, value);
      } else {
        numbers(name, value, found, seen);
      }
    }
  }
}
