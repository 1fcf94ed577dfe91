package dev.leadline.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.routing.health.TargetHealth;
import dev.leadline.routing.policy.PolicyContext;
import dev.leadline.routing.policy.RoutingPolicy;
import dev.leadline.routing.policy.TargetSelector;
import dev.leadline.routing.policy.builtin.RoundRobinPolicy;
import dev.leadline.routing.target.Outcome;
import dev.leadline.routing.target.Selection;
import dev.leadline.routing.target.Target;
import dev.leadline.routing.target.TargetGroup;
import dev.leadline.routing.target.TargetState;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class GroupRouterTest {

  /** At most so many requests in flight at the first candidate; the others wait. */
  private record Windowed(int window) implements RoutingPolicy {
    @Override
    public String name() {
      return "windowed";
    }

    @Override
    public TargetSelector newSelector(PolicyContext context) {
      return (candidates, request, held) ->
          candidates.get(0).requestsInFlight() < window ? candidates.get(0) : Selection.WAIT;
    }
  }

  /** A policy that chooses nobody. */
  private record Refusing() implements RoutingPolicy {
    @Override
    public String name() {
      return "refusing";
    }

    @Override
    public TargetSelector newSelector(PolicyContext context) {
      return (candidates, request, held) -> Selection.NONE;
    }
  }

  private final List<String> events = new ArrayList<>();
  private final RoutingObserver recorder =
      new RoutingObserver() {
        @Override
        public void requestOpened(TargetState target) {
          events.add("opened " + target);
        }

        @Override
        public void requestClosed(TargetState target, Outcome outcome, long nanos) {
          events.add("closed " + target + " " + outcome + " " + nanos);
        }

        @Override
        public void requestRefused(Refusal reason) {
          events.add("refused");
        }

        @Override
        public void requestHeld() {
          events.add("held");
        }

        @Override
        public void healthChanged(
            TargetState target, TargetHealth.Status before, TargetHealth.Status now) {
          events.add(target + " " + before + " " + now);
        }

        @Override
        public void failOpen(boolean open) {
          events.add("failOpen " + open);
        }
      };

  /** Catches a queue that is a stack, or that lets a newcomer overtake. */
  @Test
  void heldRequestsAreAnsweredFirstComeFirstServed() {
    TestGroup group = new TestGroup(new Windowed(1), 1);
    TestGroup.Asked first = group.ask();
    TestGroup.Asked second = group.ask();
    TestGroup.Asked third = group.ask();
    assertFalse(first.isWaiting());
    assertTrue(second.isWaiting());
    assertTrue(third.isWaiting());
    assertEquals(2, group.router.requestsHeld());

    close(first);
    assertFalse(second.isWaiting());
    assertTrue(third.isWaiting());
    close(second);
    assertFalse(third.isWaiting());
    assertEquals(0, group.router.requestsHeld());
  }

  @Test
  void aWithdrawnRequestGetsNoAnswer() {
    TestGroup group = new TestGroup(new Windowed(1), 1);
    TestGroup.Asked first = group.ask();
    TestGroup.Asked left = group.ask();
    TestGroup.Asked stays = group.ask();
    group.router.withdraw(left);
    close(first);
    assertNull(left.inFlight);
    assertFalse(stays.isWaiting());
  }

  /** Catches a request that waits for ever when nothing ends: only the tick can notice. */
  @Test
  void whoHasWaitedForTooLongIsRefused() {
    TestGroup group = new TestGroup(new Windowed(1), recorder, 1);
    group.ask();
    TestGroup.Asked waiting = group.ask();
    group.nowNanos += HoldLimits.DEFAULT.longest().toNanos() - 1;
    group.router.tick();
    assertTrue(waiting.isWaiting());
    group.nowNanos += 1;
    group.router.tick();
    assertTrue(waiting.refused);
    assertEquals(Refusal.HELD_TOO_LONG, waiting.reason);
    assertEquals(0, group.router.requestsHeld());
    assertEquals(1, events.stream().filter("refused"::equals).count());
  }

  /** Catches held requests that are forgotten when something else than an end makes room. */
  @Test
  void aVerdictAnswersHeldRequests() {
    TestGroup group = new TestGroup(new Windowed(1), 1, 1);
    group.health(0, true);
    group.ask();
    TestGroup.Asked waiting = group.ask();
    assertTrue(waiting.isWaiting());
    group.health(1, true);
    group.health(0, false);
    assertEquals("t1", waiting.target());
  }

  @Test
  void noneRefusesEvenWithTargets() {
    TestGroup group = new TestGroup(new Refusing(), recorder, 1);
    assertTrue(group.ask().refused);
    assertEquals(List.of("refused"), events);
  }

  @Test
  void observersHearEverythingOnce() {
    TestGroup group = new TestGroup(new Windowed(1), recorder, 1);
    RequestInFlight first = group.open();
    group.ask();
    group.nowNanos += 70;
    first.failed();
    first.failed();
    group.health(0, false);
    group.health(0, true);
    assertEquals(
        List.of(
            "opened t0",
            "held",
            "closed t0 FAILED 70",
            "opened t0",
            "t0 INITIAL UNHEALTHY",
            "failOpen true",
            "t0 UNHEALTHY HEALTHY",
            "failOpen false"),
        events);
  }

  /** A new target waits for its first check while another is known to be fit. */
  @Test
  void targetsWithoutAVerdictStandBackBehindHealthyOnes() {
    TestGroup group = new TestGroup(new RoundRobinPolicy(), 1, 1);
    assertEquals(2, group.router.candidates().size());
    group.health(1, true);
    assertEquals(List.of(group.state(1)), group.router.candidates());
    assertTrue(group.router.hasCandidateBeside(group.state(0)), "it is no candidate itself");
    assertFalse(group.router.hasCandidateBeside(group.state(1)));
  }

  @Test
  void aGroupRefusesWhatCannotBe() {
    Target target = new Target("a", "10.0.0.1", 80, 1);
    assertThrows(
        IllegalArgumentException.class, () -> new TargetGroup("g", List.of(target, target)));
    assertThrows(IllegalArgumentException.class, () -> new Target("", "10.0.0.1", 80, 1));
    assertThrows(IllegalArgumentException.class, () -> new Target("a", " ", 80, 1));
    assertThrows(IllegalArgumentException.class, () -> new Target("a", "10.0.0.1", 0, 1));
    assertThrows(IllegalArgumentException.class, () -> new Target("a", "10.0.0.1", 80, -1));
    assertThrows(IllegalArgumentException.class, () -> new Target("a", "10.0.0.1", 80, 1001));
  }

  private static void close(TestGroup.Asked asked) {
    java.util.Objects.requireNonNull(asked.inFlight).succeeded();
  }

  /** Fails when requests that find no room pile up without end. */
  @Test
  void noMoreThanTheMostAreHeld() {
    TestGroup group = new TestGroup(new Windowed(1), 1);
    TestGroup.Asked first = group.ask();
    for (int i = 0; i < HoldLimits.DEFAULT.most(); i++) {
      assertTrue(group.ask().isWaiting());
    }
    assertTrue(group.ask().refused);
    assertEquals(HoldLimits.DEFAULT.most(), group.router.requestsHeld());
    Objects.requireNonNull(first.inFlight).succeeded();
    assertEquals(HoldLimits.DEFAULT.most() - 1, group.router.requestsHeld());
  }

  /** Fails when a policy does not hear of those that came after the one that waits. */
  @Test
  void thoseWhoWaitAreAskedForAgainWhenOneMoreComes() {
    TestGroup group =
        new TestGroup(
            new RoutingPolicy() {
              @Override
              public String name() {
                return "patient";
              }

              @Override
              public TargetSelector newSelector(PolicyContext context) {
                return (candidates, request, held) -> held < 2 ? Selection.WAIT : candidates.get(0);
              }
            },
            1);
    assertTrue(group.ask().isWaiting());
    assertTrue(group.ask().isWaiting());
    group.ask();
    assertEquals(1, group.state(0).requestsInFlight());
    assertEquals(2, group.router.requestsHeld());
  }

  /** Round robin would alternate. */
  @Test
  void aRequestGetsTheTargetThatItBelongsToWhileThatMayBeChosen() {
    TestGroup group = new TestGroup(new RoundRobinPolicy(), 1, 1);
    TargetState second = group.state(1);
    for (int i = 0; i < 4; i++) {
      assertEquals("t1", group.askFor(second).target());
    }
    assertEquals(4, second.requestsInFlight());
    group.health(0, true);
    group.health(1, false);
    assertEquals("t0", group.askFor(second).target());
  }
}
