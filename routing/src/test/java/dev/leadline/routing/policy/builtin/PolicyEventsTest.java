package dev.leadline.routing.policy.builtin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.routing.RequestInFlight;
import dev.leadline.routing.TestGroup;
import dev.leadline.routing.policy.RoutingPolicy;
import dev.leadline.routing.target.TargetState;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every policy has to keep whatever happens, in whatever order. */
class PolicyEventsTest {

  /** Anything that can happen to a group, drawn by lot, so often. */
  private static final class Life {

    private static final int EVENTS = 20_000;

    final TestGroup group;
    final List<String> answers = new ArrayList<>();
    private final SplittableRandom random;
    private final ArrayDeque<TestGroup.Asked> asked = new ArrayDeque<>();
    private final boolean targetsComeAndGo;

    Life(RoutingPolicy policy, long seed, boolean targetsComeAndGo) {
      group =
          new TestGroup(policy, targetsComeAndGo ? TestGroup.equal(3) : new int[] {1, 2, 3, 4, 1});
      random = new SplittableRandom(seed);
      this.targetsComeAndGo = targetsComeAndGo;
    }

    void live() {
      for (int i = 0; i < EVENTS; i++) {
        group.nowNanos += random.nextInt(1_000_000);
        happen(random.nextInt(100));
      }
    }

    private void happen(int kind) {
      if (kind < 50) {
        request();
      } else if (kind < 90) {
        closeFirst(random.nextInt(10));
      } else if (kind < 92) {
        group.router.tick();
      } else if (targetsComeAndGo && kind == 92) {
        group.update(random.ints(0, 12).distinct().limit(random.nextInt(1, 9)).toArray());
      } else {
        anyTarget(kind);
      }
    }

    private void request() {
      TestGroup.Asked request = group.ask();
      assertFalse(request.refused);
      RequestInFlight inFlight = request.inFlight;
      if (inFlight != null) {
        assertTrue(group.router.candidates().contains(inFlight.target()));
      }
      answers.add(inFlight == null ? "wait" : inFlight.target().target().id());
      asked.addLast(request);
    }

    /** Also one that was taken out and still has requests: it must not matter any more. */
    private void anyTarget(int kind) {
      TargetState state = group.state(random.nextInt(group.router.states().size()));
      switch (kind % 4) {
        case 0 -> group.router.checked(state, random.nextBoolean());
        case 1 -> group.router.probed(state, java.util.Optional.empty());
        case 2 -> group.router.probed(state, java.util.Optional.of(random.nextLong(1_000_000)));
        default ->
            group.router.measured(
                state, random.nextInt(100), Duration.ofSeconds(random.nextInt(100)));
      }
    }

    /** Ends the first request that has a target; false where none has. */
    private boolean closeFirst(int outcome) {
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

    /** Held requests are answered in order, so there is always one to close until none is left. */
    void end() {
      while (!asked.isEmpty()) {
        assertTrue(closeFirst(0), "nothing is in flight, and a request still waits");
      }
    }
  }

  /** The answer is a candidate, and in-flight counts end at 0. */
  @ParameterizedTest
  @MethodSource("dev.leadline.routing.policy.builtin.PolicyContractTest#policies")
  void survivesAnyOrderOfEvents(RoutingPolicy policy) {
    Life life = new Life(policy, 42, false);
    life.live();
    life.end();
    assertEquals(0, life.group.router.requestsHeld());
    life.group.router.states().forEach(state -> assertEquals(0, state.requestsInFlight()));
  }

  /** Targets come, go and come back while requests are on their way, in any order. */
  @ParameterizedTest
  @MethodSource("dev.leadline.routing.policy.builtin.PolicyContractTest#policies")
  void survivesTargetsThatComeAndGo(RoutingPolicy policy) {
    Life life = new Life(policy, 7, true);
    life.live();
    life.end();
    TestGroup group = life.group;
    assertEquals(group.router.group().targets().size(), group.router.states().size());
    group.router.states().forEach(state -> assertEquals(0, state.requestsInFlight()));
  }

  /**
   * The same events, clock and random source make the same choices: what was recorded can be
   * replayed. Catches an order that depends on the addresses of objects, and another clock or
   * source of chance.
   */
  @ParameterizedTest
  @MethodSource("dev.leadline.routing.policy.builtin.PolicyContractTest#policies")
  void theSameEventsMakeTheSameChoices(RoutingPolicy policy) {
    Life first = new Life(policy, 99, true);
    Life replay = new Life(policy, 99, true);
    Life other = new Life(policy, 100, true);
    first.live();
    replay.live();
    other.live();
    assertEquals(first.answers, replay.answers);
    assertEquals(first.group.asksForProbes.toString(), replay.group.asksForProbes.toString());
    assertNotEquals(first.answers, other.answers, "the guard of the above");
  }

  /**
   * Who joins gets the place of one that left, and must not inherit its bad name: its load is that
   * of a newcomer whose predecessor was like the others.
   */
  @ParameterizedTest
  @MethodSource("dev.leadline.routing.policy.builtin.PolicyContractTest#policies")
  void aNewcomerInheritsNothingWithThePlace(RoutingPolicy policy) {
    TestGroup bad = new TestGroup(policy, TestGroup.equal(3));
    TestGroup good = new TestGroup(policy, TestGroup.equal(3));
    predecessor(bad, true);
    predecessor(good, false);
    for (TestGroup group : List.of(bad, good)) {
      int place = group.state(0).index();
      group.update(1, 2);
      group.update(1, 2, 3);
      assertEquals("t3", group.state(2).target().id());
      assertEquals(place, group.state(2).index());
      assertEquals(0, group.state(2).requestsInFlight());
    }
    double expected = good.router.load(good.state(2));
    double load = bad.router.load(bad.state(2));
    assertTrue(
        Double.compare(load, expected) == 0 || Math.abs(load / expected - 1) < 0.1,
        load + " instead of " + expected);
    bad.probed(2, 500_000);
    boolean hasChance = false;
    for (int i = 0; i < 600; i++) {
      RequestInFlight request = bad.open();
      hasChance |= request.target() == bad.state(2);
      bad.nowNanos += 100_000_000;
      request.succeeded();
    }
    assertTrue(hasChance, "it got nothing in a minute");
  }

  /** The first target is slow, fails, and shows it, or is like the others. */
  private static void predecessor(TestGroup group, boolean isBad) {
    for (int round = 0; round < 30; round++) {
      for (int i = 0; i < 3; i++) {
        boolean good = i > 0 || !isBad;
        group.probed(i, good ? 1_000_000 : 900_000_000);
        group.measured(i, good ? 10 : 99);
        RequestInFlight request = group.open();
        group.nowNanos += 1_000_000;
        if (request.target().index() == 0 && isBad) {
          group.nowNanos += 900_000_000;
          request.failed();
        } else {
          request.succeeded();
        }
      }
    }
    group.probeFailed(0);
  }

  /** Catches a completion that is put down to whoever has the place of the target that left. */
  @ParameterizedTest
  @MethodSource("dev.leadline.routing.policy.builtin.PolicyContractTest#policies")
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
  @MethodSource("dev.leadline.routing.policy.builtin.PolicyContractTest#policies")
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
}
