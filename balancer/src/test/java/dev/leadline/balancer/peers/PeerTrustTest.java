package dev.leadline.balancer.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.balancer.config.PeerSecret;
import dev.leadline.balancer.observe.PeerRefusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What of the network is not believed, and how much of it is read. */
class PeerTrustTest extends PeerNetwork {

  @Test
  void aStrangerIsSaidOnceAMinute() {
    Node b = node(B);
    for (int i = 0; i < 50; i++) {
      b.gets("10.0.0.9", new byte[100]);
      b.exchange.socketFailed(new java.io.IOException("no way"));
      pass(Duration.ofSeconds(1));
    }
    assertEquals(
        List.of(
            B
                + ": a message of 10.0.0.9:9902 is refused, which is no member: one of 1 of"
                + " strangers since the start",
            B + ": the socket of the peers: java.io.IOException: no way"),
        log);
    pass(Duration.ofSeconds(10));
    b.gets("10.0.0.9", new byte[100]);
    assertTrue(log.get(2).endsWith("one of 51 of strangers since the start"), log.get(2));
  }

  @Test
  void whatIsReplayedOrOvertakenIsRefused() {
    Node a = node(A).has("one", 5);
    Node b = node(B);
    run(INTERVAL, a);
    a.has("one", 6);
    run(INTERVAL, a);
    b.gets(A, a.sent.get(0));
    b.gets(A, a.sent.get(1));
    assertEquals("{one=6}", b.webHeard());
    assertEquals(2, b.refused(PeerRefusal.REPLAYED));
    assertEquals(Map.of(PeerRefusal.REPLAYED, 2L), b.member(0).refused());
    pass(Duration.ofSeconds(100));
    b.exchange.tick();
    b.gets(A, a.sent.get(1));
    assertEquals(3, b.refused(PeerRefusal.REPLAYED), "after a silence too");
  }

  @Test
  void aRestartedPeerIsBelievedAndItsFormerDatagramsAreNot() {
    Node before = node(A).has("one", 5);
    Node b = node(B);
    run(Duration.ofMillis(20), before);
    Node after = new Node(A, 2000, peers(A, B), web(targets("one", "two"))).has("two", 1);
    run(INTERVAL, after);
    assertEquals("{one=5}", b.webHeard(), "nobody starts again while it is heard");
    assertEquals(1, b.refused(PeerRefusal.OLDER_BOOT));
    pass(Duration.ofMillis(200));
    run(INTERVAL, after);
    assertEquals("{two=1}", b.webHeard());
    assertEquals(1, b.forgotten);
    run(INTERVAL, before);
    run(Duration.ofMillis(100), before);
    assertEquals("{two=1}", b.webHeard());
    assertTrue(b.refused(PeerRefusal.OLDER_BOOT) > 1);
  }

  /** Somebody who knows no secret sends a balancer's own datagrams back with a peer's address. */
  @Test
  void whatABalancerSentItselfShutsNoPeerOut() {
    Node a = node(A).has("one", 5);
    Node late = new Node(B, 3000, peers(A, B), web(targets("one", "two"))).has("two", 7);
    run(INTERVAL, late);
    late.gets(A, late.sent.get(0));
    assertEquals(1, late.refused(PeerRefusal.SECOND_ADDRESS));
    run(INTERVAL, a);
    assertEquals("{one=5}", late.webHeard());
  }

  /** What is expensive to refuse takes no more time than what is cheap. */
  @Test
  void readingEndsForThisTurnWhenItHasTakenLong() {
    Node b = node(B);
    b.exchange.tick();
    stepNanos = 60_000;
    for (int i = 0; i < 3; i++) {
      b.gets(A, new byte[200]);
      assertEquals(16 + 4, b.mayRead);
    }
    b.gets(A, new byte[200]);
    assertEquals(0, b.mayRead);
    b.exchange.tick();
    assertEquals(16 + 4, b.mayRead);
  }

  @Test
  void strangersAndOtherSecretsAreRefused() {
    Node b = node(B);
    Node stranger = new Node("10.0.0.9", 1, peers(B), web(targets("one"))).has("one", 7);
    run(INTERVAL, stranger);
    Node liar =
        new Node(
                A,
                1,
                peers(new PeerSecret(Optional.empty(), "another-secret-of-someone"), A, B),
                web(targets("one")))
            .has("one", 7);
    run(Duration.ofMillis(200), liar);
    b.gets(A, new byte[5]);
    assertEquals("{}", b.webHeard());
    assertEquals(1, b.refused(PeerRefusal.STRANGER));
    assertTrue(b.refused(PeerRefusal.SIGNATURE) > 1);
    assertEquals(1, b.refused(PeerRefusal.LENGTH));
    assertEquals(0, b.exchange.snapshot().received());
    assertEquals(
        List.of(
            B
                + ": a message of 10.0.0.9:9902 is refused, which is no member: one of 1 of"
                + " strangers since the start",
            B
                + ": a message of peer 10.0.0.1:9902 is refused: it was signed with another"
                + " secret, or changed on its way",
            B
                + ": a message of peer 10.0.0.1:9902 is refused: it was too short or too long, or"
                + " not as long as it said"),
        log);
  }

  /** A balancer with two addresses that are both listed counts once. */
  @Test
  void aBalancerIsNotCountedTwice() {
    Node a = new Node(A, 1, peers(B), web(targets("one"))).has("one", 1);
    Node b = new Node(B, 1, peers(A, "10.9.9.9"), web(targets("one")));
    run(INTERVAL, a);
    a.has("one", 2);
    nodes.remove(B);
    run(INTERVAL, a);
    b.gets("10.9.9.9", a.sent.get(1));
    assertEquals(1, b.refused(PeerRefusal.SECOND_ADDRESS));
    assertEquals("{one=1}", b.webHeard());
  }

  @Test
  void morePeersThanTheLimitAreLeftOutAndLittleIsReadInATurn() {
    String[] many = IntStream.range(0, 70).mapToObj(i -> "10.0.1." + i).toArray(String[]::new);
    Node a = new Node(A, 1, peers(many), web(targets("one")));
    assertEquals(64, a.exchange.snapshot().members().size());
    assertEquals(6, a.exchange.snapshot().leftOut());
    a.exchange.tick();
    assertEquals(16 + 4 * 64, a.mayRead);
    for (int i = 0; i < 64; i++) {
      new Node("10.0.1." + i, 1, peers(A), web(targets("one"))).exchange.tick();
    }
    assertEquals(64, a.exchange.snapshot().used());
    assertEquals(10, log.size(), "lines in ten seconds");
    nodes.clear();
    pass(Duration.ofSeconds(11));
    a.exchange.tick();
    assertTrue(log.contains(A + ": 54 more lines about peers were left out"), log.toString());
    // Whoever comes for one that has left gets its number: numbers have the same bound.
    List<String> others = new ArrayList<>(List.of(many).subList(6, 70));
    Collections.reverse(others);
    a.exchange.use(peers(others.toArray(new String[0])), web(targets("one")));
    assertEquals(64, a.exchange.snapshot().members().size());
  }
}
