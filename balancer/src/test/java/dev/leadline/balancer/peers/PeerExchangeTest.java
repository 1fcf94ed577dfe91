package dev.leadline.balancer.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.balancer.config.PeerSecret;
import dev.leadline.balancer.observe.PeerRefusal;
import dev.leadline.balancer.observe.PeersSnapshot.State;
import dev.leadline.routing.target.Target;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What balancers tell each other, and what they know of each other then. */
class PeerExchangeTest extends PeerNetwork {

  @Test
  void eachHearsWhatTheOtherHas() {
    Node a = node(A).has("one", 3);
    Node b = node(B).has("two", 4);
    run(INTERVAL, a, b);
    assertEquals("{one=3}", b.webHeard());
    assertEquals("{two=4}", a.webHeard());
    a.has("one", 1).has("two", 2);
    run(INTERVAL, a, b);
    assertEquals("{one=1, two=2}", b.webHeard());
    assertEquals(State.USED, b.member(0).state());
    assertEquals(3, b.member(0).requestsInFlight());
    assertEquals(State.SELF, b.member(1).state());
    assertEquals(2, b.exchange.snapshot().received());
    assertEquals(
        List.of(B + ": peer 10.0.0.1:9902 is heard", A + ": peer 10.0.0.2:9902 is heard"), log);
  }

  /** The order of a file, and targets that only one of them has. */
  @Test
  void targetsAreTheSameInWhateverOrder() {
    Node a = new Node(A, 1, peers(A, B), web(targets("x", "one", "two", "three")));
    Node b = new Node(B, 1, peers(B, A), web(targets("two", "y", "one")));
    a.has("one", 1).has("two", 2).has("three", 3);
    run(INTERVAL, a);
    assertEquals("{one=1, two=2}", b.webHeard());
    assertEquals(2, b.exchange.snapshot().unknownTargets(), "x and three");
  }

  @Test
  void itSaysWhatChangesTwiceAndEverythingTenTimesASecond() {
    Node a = node(A);
    node(B);
    run(Duration.ofMillis(2), a);
    assertEquals(1, a.sent.size(), "all at first");
    run(Duration.ofMillis(90), a);
    assertEquals(1, a.sent.size(), "nothing is in flight and nothing changes");
    run(Duration.ofMillis(10), a);
    assertEquals(2, a.sent.size());
    a.has("one", 1);
    run(Duration.ofMillis(4), a);
    assertEquals(4, a.sent.size(), "once more, as one may be lost");
    run(Duration.ofMillis(20), a);
    assertEquals(9, a.sent.size(), "while something is in flight, at every second interval");
    assertEquals(40 + 2 * 12 + 16, a.sent.get(1).length);
    assertEquals(40 + 12 + 16, a.sent.get(2).length);
    assertEquals(40 + 16, a.sent.get(8).length, "nothing has changed");
  }

  /** Lost datagrams: what was missed is made good by the next one that has all. */
  @Test
  void whatWasLostIsMadeGoodWithinATenthOfASecond() {
    Node a = node(A).has("one", 9);
    Node b = node(B);
    run(INTERVAL, a);
    nodes.remove(B);
    a.has("one", 0);
    run(Duration.ofMillis(10), a);
    nodes.put(B, b);
    assertEquals("{one=9}", b.webHeard());
    run(Duration.ofMillis(100), a);
    assertEquals("{}", b.webHeard());
  }

  /** A balancer that has just started does not take the first change for everything. */
  @Test
  void nothingIsUsedBeforeEverythingWasHeard() {
    Node a = node(A).has("one", 1).has("two", 8);
    run(Duration.ofMillis(50), a);
    Node b = node(B);
    a.has("one", 2);
    run(INTERVAL, a);
    assertEquals("{}", b.webHeard());
    assertEquals(State.UNHEARD, b.member(0).state());
    run(Duration.ofMillis(60), a);
    assertEquals("{one=2, two=8}", b.webHeard());
  }

  @Test
  void aLargeGroupTakesSeveralDatagrams() {
    Target[] many =
        IntStream.range(0, 300)
            .mapToObj(i -> new Target("t" + i, "10.1.0.1", 1000 + i, 1))
            .toArray(Target[]::new);
    Node a = new Node(A, 1, peers(A, B), web(many));
    Node b = new Node(B, 1, peers(A, B), web(many));
    for (int i = 0; i < 300; i++) {
      a.has("t" + i, i);
    }
    run(INTERVAL, a);
    assertEquals(3, a.sent.size());
    assertTrue(a.sent.stream().allMatch(it -> it.length <= DatagramCodec.MOST_BYTES));
    Map<String, Integer> heard = b.heard.getOrDefault("web", Map.of());
    assertEquals(299, heard.size());
    assertEquals(299, heard.get("t299"));
    assertEquals(1, b.heardMessages, "not before all have come");
  }

  /** Held requests would rush to targets whose counts are still to come. */
  @Test
  void aChangeThatTakesSeveralDatagramsIsUsedAtOnce() {
    Target[] many =
        IntStream.range(0, 120)
            .mapToObj(i -> new Target("t" + i, "10.1.0.1", 1000 + i, 1))
            .toArray(Target[]::new);
    Node a = new Node(A, 1, peers(A, B), web(many));
    Node b = new Node(B, 1, peers(A, B), web(many));
    run(INTERVAL, a);
    nodes.remove(B);
    a.sent.clear();
    for (int count = 1; count <= 2; count++) {
      for (Target target : many) {
        a.has(target.id(), count);
      }
      run(INTERVAL, a);
    }
    assertEquals(4, a.sent.size());
    b.gets(A, a.sent.get(0));
    assertEquals("{}", b.webHeard(), "the first of two");
    b.gets(A, a.sent.get(1));
    assertEquals(120, b.heard.getOrDefault("web", Map.of()).size());
    b.gets(A, a.sent.get(2)); // The second of these two is lost.
    assertEquals(1, b.heard.getOrDefault("web", Map.of()).get("t0"));
    a.sent.clear();
    run(INTERVAL.multipliedBy(2), a);
    for (byte[] next : a.sent) {
      b.gets(A, next);
    }
    assertEquals(2, b.heard.getOrDefault("web", Map.of()).get("t0"));
  }

  /** The two clocks need not agree: what counts is how much longer it took than others did. */
  @Test
  void theRoutersHearHowOldADatagramIs() {
    Node a = node(A).has("one", 1);
    Node b = node(B);
    run(Duration.ofMillis(20), a);
    assertEquals(Duration.ZERO, b.age);
    nodes.remove(B);
    run(Duration.ofMillis(4), a);
    pass(Duration.ofMillis(30));
    b.gets(A, a.sent.get(a.sent.size() - 1));
    assertEquals(30.0, b.age.toNanos() / 1e6, 0.1, "the clocks may drift");
    nodes.put(B, b);
    run(Duration.ofMillis(20), a);
    assertTrue(b.age.compareTo(Duration.ofMillis(1)) < 0, b.age.toString());
  }

  @Test
  void whoLeavesIsForgottenAtOnceAndWhoIsSilentIsSaidToBeLost() {
    Node a = node(A).has("one", 5);
    Node b = node(B);
    run(INTERVAL, a);
    a.exchange.leave();
    assertTrue(a.closed);
    assertEquals("{}", b.webHeard());
    assertEquals(State.SILENT, b.member(0).state());
    Node again = new Node(A, 2000, peers(A, B), web(targets("one"))).has("one", 1);
    run(INTERVAL, again);
    assertEquals(State.USED, b.member(0).state());
    pass(Duration.ofMillis(200));
    b.exchange.tick();
    assertEquals(State.SILENT, b.member(0).state());
    assertEquals(200, b.member(0).ageMillis());
    assertEquals(0, b.member(0).requestsInFlight());
    pass(Duration.ofMillis(900));
    b.exchange.tick();
    assertEquals("{}", b.webHeard());
    assertEquals(
        List.of(
            B + ": peer 10.0.0.1:9902 is heard",
            B + ": peer 10.0.0.1:9902 has said that it leaves",
            B + ": peer 10.0.0.1:9902 is heard",
            B + ": peer 10.0.0.1:9902 is silent: its requests are not counted"),
        log.stream().filter(line -> line.startsWith(B)).toList());
  }

  @Test
  void aReloadChangesTargetsPeersAndTheSecret() {
    Node a = node(A).has("one", 1).has("two", 2);
    Node b = node(B);
    run(INTERVAL, a, b);
    a.own.clear();
    a.has("two", 3).has("new", 4);
    a.exchange.use(peers(A, B), web(targets("new", "two")));
    run(INTERVAL, a, b);
    assertEquals("{one=1, two=3}", b.webHeard(), "b does not have the new one");
    run(Duration.ofMillis(100), a, b);
    assertEquals("{two=3}", b.webHeard(), "one has left, so nothing is in flight there");
    b.exchange.use(peers(A, B), web(targets("one", "two", "new")));
    run(Duration.ofMillis(100), a, b);
    assertEquals("{new=4, two=3}", b.webHeard());
    b.exchange.use(
        peers(new PeerSecret(Optional.empty(), "another-secret-of-someone"), A, B),
        web(targets("one", "two", "new")));
    run(Duration.ofMillis(20), a);
    assertTrue(b.refused(PeerRefusal.SIGNATURE) > 0);
    b.exchange.use(peers(B), web(targets("one", "two", "new")));
    assertEquals("{}", b.webHeard(), "a is no peer any more");
    assertEquals(1, b.exchange.snapshot().members().size());
    run(Duration.ofMillis(100), a);
    assertTrue(b.refused(PeerRefusal.STRANGER) > 0);
  }
}
