package dev.leadline.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.routing.policy.PolicyContext;
import dev.leadline.routing.policy.PolicyRequest;
import dev.leadline.routing.policy.ProbeRequests;
import dev.leadline.routing.policy.RoutingPolicy;
import dev.leadline.routing.policy.TargetSelector;
import dev.leadline.routing.policy.builtin.LeastOutstandingRequestsPolicy;
import dev.leadline.routing.policy.leadline.LeadlinePolicy;
import dev.leadline.routing.policy.leadline.LeadlinePolicy.Ingredient;
import dev.leadline.routing.target.Selection;
import dev.leadline.routing.target.SharedCounts;
import dev.leadline.routing.target.TargetState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Balancers of one group tell each other what they have in flight. */
class PeerCountsTest {

  private static final long MILLI = 1_000_000;

  private final TestGroup group = served(10, 1, 1, 1);
  private final PeerCounts peers = group.router.peers();
  private final InFlightCounts message = new InFlightCounts();

  /** A message with so many requests at each target, all of them awake. */
  private InFlightCounts counts(int... inFlight) {
    message.clear();
    for (int i = 0; i < inFlight.length; i++) {
      message.add("t" + i, inFlight[i], inFlight[i]);
    }
    return message;
  }

  /** A message about one target. */
  private InFlightCounts one(String id, int inFlight) {
    message.clear().add(id, inFlight, inFlight);
    return message;
  }

  private void heard(int peer, int... inFlight) {
    peers.heard(peer, counts(inFlight), true, Duration.ZERO);
  }

  private List<Integer> atPeers() {
    return group.router.states().stream().map(TargetState::requestsInFlightAtPeers).toList();
  }

  @Test
  void requestsGoWhereTheOthersHaveLeast() {
    heard(0, 2, 0, 0);
    heard(1, 0, 0, 2);
    assertEquals(List.of(2, 0, 2), atPeers());
    assertEquals("t1", group.ask().target());
    assertEquals("t1", group.ask().target());
    heard(0, 0, 3, 3);
    assertEquals("t0", group.ask().target(), "the last message replaces the one before");
  }

  /** Old counts are worse than none: everybody sends to what was empty. */
  @Test
  void countsAreUsedForOneMeanServiceTime() {
    heard(0, 1, 0, 1);
    group.nowNanos += 9 * MILLI;
    assertTrue(peers.uses(0));
    heard(1, 1, 1, 1);
    assertEquals(List.of(2, 1, 2), atPeers());
    assertEquals(3, group.state(0).balancers());
    group.nowNanos += 2 * MILLI;
    group.ask();
    assertEquals(List.of(1, 1, 1), atPeers());
    assertFalse(peers.uses(0));
    assertTrue(peers.uses(1));
    assertEquals(2, group.state(0).balancers());
    peers.heard(2, counts(3, 3, 3), true, Duration.ofMillis(11));
    assertEquals(List.of(1, 1, 1), atPeers(), "it was old when it came");
  }

  @Test
  void aPeerThatIsForgottenHasNothing() {
    heard(0, 1, 2, 3);
    peers.forget(0);
    peers.forget(7);
    assertEquals(List.of(0, 0, 0), atPeers());
  }

  /** Catches sums that overflow, become negative, or draw all requests to one target. */
  @Test
  void whatAPeerSaysIsBounded() {
    heard(0, Integer.MAX_VALUE, -5, 5);
    assertEquals(List.of(1, 0, 1), atPeers(), "2 in all");
    heard(0, 0, 5, 0);
    assertEquals(List.of(0, 2, 0), atPeers(), "2 at a target");
    for (int i = 0; i < 6; i++) {
      group.open();
    }
    heard(0, Integer.MAX_VALUE, -5, 5);
    assertEquals(List.of(6, 0, 5), atPeers(), "and two times what this one has at a target");
    heard(0, 6, 6, 5);
    assertEquals(List.of(4, 4, 4), atPeers(), "2 and two times what this one has in all");
    message.clear().add("unknown", 9, 9);
    message.add("t1", 2, 9);
    message.add("t2", 2, -9);
    peers.heard(0, message, true, Duration.ofMillis(-50));
    assertEquals(List.of(0, 2, 2), atPeers());
    assertEquals(2, group.state(1).requestsAwakeAtPeers());
    assertEquals(0, group.state(2).requestsAwakeAtPeers());
    heard(-1, 1, 1, 1);
    heard(PeerCounts.MOST_PEERS, 1, 1, 1);
    assertEquals(List.of(0, 2, 2), atPeers(), "there is no such peer");
  }

  /** Of a large group a message may have only what changed. */
  @Test
  void aMessageMayLeaveOutWhatIsTheSame() {
    peers.heard(0, counts(1), false, Duration.ZERO);
    assertEquals(List.of(0, 0, 0), atPeers(), "nothing is known of the other targets");
    heard(0, 0, 1, 0);
    peers.heard(0, counts(1), false, Duration.ZERO);
    assertEquals(List.of(1, 1, 0), atPeers());
    group.nowNanos += 201 * MILLI;
    peers.heard(0, counts(1), false, Duration.ZERO);
    assertEquals(List.of(0, 0, 0), atPeers(), "it was silent for too long");
  }

  /** Catches a level that holds only for the targets that a message is about. */
  @Test
  void whatAMessageLeavesOutIsCutLikeTheRest() {
    for (int i = 0; i < 6; i++) {
      group.open();
    }
    heard(0, 6, 0, 5);
    assertEquals(List.of(6, 0, 5), atPeers());
    peers.heard(0, one("t1", 6), false, Duration.ZERO);
    assertEquals(List.of(4, 4, 4), atPeers(), "14 in all");
    peers.heard(0, one("t1", 0), false, Duration.ZERO);
    assertEquals(List.of(6, 0, 5), atPeers());
  }

  /** Catches counts that a new target inherits with the index of one that left. */
  @Test
  void whenTargetsChangeThePeersBeginAnew() {
    heard(0, 3, 3, 3);
    group.update(0, 1, 9);
    assertEquals(List.of(0, 0, 0), atPeers());
    peers.heard(0, counts(1), false, Duration.ZERO);
    assertEquals(List.of(0, 0, 0), atPeers());
    heard(0, 0, 2);
    assertEquals(List.of(0, 2, 0), atPeers());
    group.router.use(GroupSettings.of(new LeadlinePolicy().without(Ingredient.PEER_COUNTS)));
    assertEquals(List.of(0, 0, 0), atPeers());
  }

  /** Twenty milliseconds that a target divides between a request and one of another balancer. */
  @Test
  void timeIsSharedWithTheRequestsOfOthers() {
    TestGroup one = served(10, 1);
    for (int i = 0; i < 300; i++) {
      RequestInFlight own = one.open();
      for (int step = 0; step < 20; step++) {
        one.router.peers().heard(0, counts(1), true, Duration.ZERO);
        one.nowNanos += MILLI;
      }
      own.succeeded();
    }
    one.router.tick();
    one.nowNanos += 300 * MILLI; // the peer is silent
    one.router.tick();
    assertEquals(10e-3, one.router.load(one.state(0)), 1e-4);
  }

  @Test
  void theIntervalIsAFifthOfTheMeanServiceTime() {
    assertEquals(Duration.ZERO, interval(1), "every count would be old");
    assertEquals(Duration.ofMillis(2), interval(3));
    assertEquals(Duration.ofMillis(20), interval(100));
    assertEquals(Duration.ofMillis(40), interval(2000));
    assertEquals(
        Duration.ZERO,
        new TestGroup(new LeastOutstandingRequestsPolicy(), 1).router.peers().interval());
    assertEquals(
        Duration.ZERO,
        new TestGroup(new LeadlinePolicy().without(Ingredient.PEER_COUNTS), 1)
            .router
            .peers()
            .interval());
  }

  private static Duration interval(long serviceMillis) {
    Duration interval = served(serviceMillis, 1).router.peers().interval();
    return Duration.ofMillis(Math.round(interval.toNanos() / 1e6));
  }

  /** A group that has learned that a request takes so long. */
  private static TestGroup served(long millis, int... weights) {
    TestGroup it = new TestGroup(new LeadlinePolicy(), weights);
    for (int i = 0; i < 50 * weights.length; i++) {
      RequestInFlight request = it.open();
      it.nowNanos += millis * MILLI;
      request.succeeded();
    }
    it.router.tick();
    return it;
  }

  /** Another balancer must hear neither of requests twice nor of its own ones. */
  @Test
  void whatThisBalancerTellsIsOfAllItsLoopsAndOfNobodyElse() {
    SharedCounts loops = new SharedCounts(2);
    List<GroupRouter> routers = new ArrayList<>();
    for (int loop = 0; loop < 2; loop++) {
      routers.add(
          new GroupRouter(
              group.router.group(),
              GroupSettings.of(new Watching(false)),
              () -> 0,
              new SplittableRandom(1),
              ProbeRequests.NONE,
              RoutingObserver.NONE,
              loops.view(loop)));
    }
    routers.forEach(it -> it.route(new TestGroup.Asked(0, null)));
    routers.get(0).peers().heard(0, counts(3, 3, 3), true, Duration.ZERO);
    routers.get(1).states().get(0).parked(1);
    InFlightCounts told = new InFlightCounts();
    told.add("of before", 1, 1);
    routers.get(0).peers().own(told);
    assertEquals(3, told.size());
    int sum = 0;
    for (int i = 0; i < told.size(); i++) {
      assertEquals("t" + i, told.id(i));
      sum += told.inFlight(i);
    }
    assertEquals(2, sum);
    assertEquals(told.inFlight(0) - 1, told.awake(0));
    assertEquals(told.inFlight(1), told.awake(1));
  }

  @Test
  void aMessageHasRoomForSoManyTargets() {
    for (int i = 0; i < InFlightCounts.MOST_TARGETS; i++) {
      assertTrue(message.add("t" + i, 1, 1));
    }
    assertFalse(message.add("more", 1, 1));
    assertEquals(InFlightCounts.MOST_TARGETS, message.size());
  }

  /** Catches held requests that rush to targets of which the message was not read yet. */
  @Test
  void heldRequestsAreAnsweredOnceAllOfAMessageCounts() {
    Watching watching = new Watching(true);
    TestGroup held = new TestGroup(watching, 1, 1, 1);
    TestGroup.Asked request = held.ask();
    held.router.peers().heard(0, counts(1, 1, 1), true, Duration.ZERO);
    assertEquals(List.of(0, 0, 3), watching.seen, "when it arrived, held, and after the message");
    assertTrue(request.isWaiting());
    held.router.peers().forget(0);
    assertEquals(0, watching.seen.get(3));
  }

  /** Remembers what others had in flight whenever it was asked to choose. */
  private static final class Watching implements RoutingPolicy, TargetSelector {
    final List<Integer> seen = new ArrayList<>();
    private final boolean waits;

    Watching(boolean waits) {
      this.waits = waits;
    }

    @Override
    public String name() {
      return "watching";
    }

    @Override
    public TargetSelector newSelector(PolicyContext context) {
      return this;
    }

    @Override
    public long costNanos() {
      return 10 * MILLI;
    }

    @Override
    public Selection select(List<TargetState> candidates, PolicyRequest request, int held) {
      seen.add(candidates.stream().mapToInt(TargetState::requestsInFlightAtPeers).sum());
      return waits ? Selection.WAIT : candidates.get(0);
    }
  }
}
