package dev.leadline.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.routing.policy.ProbeRequests;
import dev.leadline.routing.policy.builtin.LeastOutstandingRequestsPolicy;
import dev.leadline.routing.policy.leadline.LeadlinePolicy;
import dev.leadline.routing.target.SharedCounts;
import dev.leadline.routing.target.Target;
import dev.leadline.routing.target.TargetGroup;
import dev.leadline.routing.target.TargetState;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Routers side by side see each other's requests in flight. */
class SharedCountsTest {

  private final SharedCounts counts = new SharedCounts(3);
  private final GroupRouter a = router(0, 0, 1);
  private final GroupRouter b = router(1, 0, 1);

  private GroupRouter router(int number, int... targets) {
    return new GroupRouter(
        group(targets),
        GroupSettings.of(new LeastOutstandingRequestsPolicy()),
        () -> 0,
        new SplittableRandom(1),
        ProbeRequests.NONE,
        RoutingObserver.NONE,
        counts.view(number));
  }

  private static TargetGroup group(int... targets) {
    return new TargetGroup(
        "group",
        IntStream.of(targets).mapToObj(it -> new Target("t" + it, "10.0.0.1", 80, 1)).toList());
  }

  private static RequestInFlight send(GroupRouter router) {
    List<RequestInFlight> sent = new ArrayList<>();
    router.route(
        new PendingRequest() {
          @Override
          public void forward(RequestInFlight inFlight) {
            sent.add(inFlight);
          }

          @Override
          public void refuse(Refusal reason) {
            throw new AssertionError(reason);
          }
        });
    return sent.get(0);
  }

  private static TargetState state(GroupRouter router, String id) {
    return router.states().stream()
        .filter(it -> it.target().id().equals(id))
        .findFirst()
        .orElseThrow();
  }

  /** Catches a router that looks at its own requests only: both would send to the first target. */
  @Test
  void aRouterLeavesOutTheTargetThatAnotherOneKeepsBusy() {
    RequestInFlight first = send(a);
    assertEquals("t0", first.target().target().id());
    assertEquals("t1", send(b).target().target().id());
    assertEquals(1, state(b, "t0").requestsInFlightElsewhere());
    assertEquals(0, state(b, "t0").requestsInFlight());
    assertEquals(1, state(b, "t1").requestsInFlightOfAll());
    first.succeeded();
    assertEquals(0, state(b, "t0").requestsInFlightElsewhere());
  }

  /** Catches counts that follow the order in which targets come, which differs between routers. */
  @Test
  void countsBelongToTargetsWhateverTheirOrder() {
    GroupRouter c = router(2, 5, 4, 1, 0);
    send(a);
    send(a);
    send(a);
    int inFlight = state(a, "t0").requestsInFlight();
    assertEquals(inFlight, state(c, "t0").requestsInFlightElsewhere());
    assertEquals(3 - inFlight, state(c, "t1").requestsInFlightElsewhere());
    assertEquals(0, state(c, "t5").requestsInFlightElsewhere());
  }

  /** Catches a count that is lost, or left to the next target, when a target drains. */
  @Test
  void aTargetThatLeavesAndComesBackIsCountedOnce() {
    RequestInFlight old = send(a);
    a.update(group(1));
    assertEquals(1, state(b, "t0").requestsInFlightElsewhere(), "it still has the request");
    a.update(group(0, 1));
    RequestInFlight fresh = send(a);
    assertEquals("t1", fresh.target().target().id());
    assertEquals("t0", send(a).target().target().id());
    assertEquals(2, state(b, "t0").requestsInFlightElsewhere());
    old.succeeded();
    assertEquals(1, state(b, "t0").requestsInFlightElsewhere());
  }

  /** Catches an array that does not grow, and a place that is never free again. */
  @Test
  void thereIsRoomForAnyNumberOfTargets() {
    int[] many = IntStream.range(0, 500).toArray();
    for (int round = 0; round < 3; round++) {
      a.update(group(many));
      for (int i = 0; i < 500; i++) {
        send(a);
      }
      b.update(group(many));
      for (int i = 0; i < 500; i++) {
        assertEquals(round + 1, state(b, "t" + i).requestsInFlightElsewhere(), "t" + i);
      }
    }
  }

  /** Each learns a window from a part of the requests; the first that has one is used by all. */
  @Test
  void theSmallestWindowIsUsedByAll() {
    assertEquals(50, state(a, "t0").smallestWindow(50));
    state(b, "t0").showWindow(8);
    assertEquals(8, state(a, "t0").smallestWindow(50));
    assertEquals(2, state(a, "t0").smallestWindow(2));
    assertEquals(50, state(a, "t1").smallestWindow(50));
    state(b, "t0").showWindow(0);
    assertEquals(50, state(a, "t0").smallestWindow(50), "it is not known any more");
  }

  /**
   * Catches a loop that is kept out: the others fill the target, and refill it whenever a request
   * of theirs ends, which this loop does not hear of.
   */
  @Test
  void aRequestOnlyWaitsForItsOwnRouter() {
    SharedCounts two = new SharedCounts(2);
    GroupRouter busy = leadline(two.view(0));
    GroupRouter other = leadline(two.view(1));
    for (int i = 0; i < 2000; i++) {
      RequestInFlight quick = Objects.requireNonNull(ask(other).inFlight);
      nowNanos += 1_000_000;
      quick.succeeded();
    }
    for (int i = 0; i < 10; i++) {
      ask(busy);
    }
    state(busy, "t0").showWindow(2);
    RequestInFlight first =
        Objects.requireNonNull(ask(other).inFlight, "it has none at the target yet");
    TestGroup.Asked second = ask(other);
    assertTrue(second.isWaiting(), "the target is full, and one of its own requests will end");
    first.succeeded();
    assertFalse(second.isWaiting());
  }

  private long nowNanos;

  private GroupRouter leadline(SharedCounts.@Nullable View view) {
    return new GroupRouter(
        group(0),
        GroupSettings.of(new LeadlinePolicy()),
        () -> nowNanos,
        new SplittableRandom(1),
        ProbeRequests.NONE,
        RoutingObserver.NONE,
        view);
  }

  private static TestGroup.Asked ask(GroupRouter router) {
    TestGroup.Asked asked = new TestGroup.Asked(0, null);
    router.route(asked);
    return asked;
  }

  @Test
  void heldRequestsOfTheOthersAreSeen() {
    SharedCounts.View one = counts.view(0);
    SharedCounts.View other = counts.view(1);
    assertNotNull(one);
    assertNotNull(other);
    one.held(3);
    assertEquals(3, other.heldElsewhere());
    assertEquals(0, one.heldElsewhere());
  }

  @Test
  void aRouterThatIsAloneSharesNothing() {
    assertNull(new SharedCounts(1).view(0));
  }
}
