package dev.leadline.balancer.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.balancer.config.BalancerConfig.Address;
import dev.leadline.balancer.config.BalancerConfig.Group;
import dev.leadline.balancer.config.BalancerConfig.Membership;
import dev.leadline.balancer.config.ConfigReader;
import dev.leadline.balancer.config.PeerSecret;
import dev.leadline.balancer.config.Peers;
import dev.leadline.balancer.observe.PeerRefusal;
import dev.leadline.balancer.observe.PeersSnapshot.Member;
import dev.leadline.balancer.observe.PeersSnapshot.State;
import dev.leadline.routing.InFlightCounts;
import dev.leadline.routing.target.Target;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Balancers on a network without sockets, in a time that stands still until it is moved. */
class PeerExchangeTest {

  private static final String A = "10.0.0.1";
  private static final String B = "10.0.0.2";
  private static final Duration INTERVAL = Duration.ofMillis(2);

  private long nowNanos = 5_000_000_000L;
  private long stepNanos;
  private final List<String> log = new ArrayList<>();
  private final Map<String, Node> nodes = new TreeMap<>();

  /** A balancer. */
  private final class Node implements PeerExchange.Network, Routers {
    final String ip;
    final Map<String, Map<String, Integer>> own = new TreeMap<>();
    final Map<String, Map<String, Integer>> heard = new TreeMap<>();
    final List<byte[]> sent = new ArrayList<>();
    final PeerExchange exchange;
    int heardMessages;
    Duration age = Duration.ZERO;
    int forgotten;
    int mayRead;
    boolean closed;

    Node(String ip, long boot, Peers peers, List<Group> groups) {
      this.ip = ip;
      exchange =
          new PeerExchange(
              new PeerExchange.Identity(ip.hashCode() * 31L + boot, boot),
              peers,
              groups,
              () -> nowNanos += stepNanos,
              this,
              this,
              new PeerLog(nowNanos, (level, line) -> log.add(ip + ": " + line)),
              address -> address.getHostString().equals(ip));
      nodes.put(ip, this);
    }

    Node has(String target, int inFlight) {
      own.computeIfAbsent("web", any -> new TreeMap<>()).put(target, inFlight);
      return this;
    }

    @Override
    public void read(int most) {
      mayRead = most;
    }

    @Override
    public int send(ByteBuf bytes, List<InetSocketAddress> to) {
      byte[] copy = new byte[bytes.readableBytes()];
      bytes.getBytes(bytes.readerIndex(), copy);
      sent.add(copy);
      for (InetSocketAddress address : to) {
        Node other = nodes.get(address.getHostString());
        if (other != null) {
          other.gets(ip, copy);
        }
      }
      return to.size();
    }

    void gets(String from, byte[] bytes) {
      exchange.received(new InetSocketAddress(from, 9902), Unpooled.wrappedBuffer(bytes));
      exchange.turnEnds();
    }

    @Override
    public ByteBuf buffer(int bytes) {
      return Unpooled.buffer(bytes);
    }

    @Override
    public void close() {
      closed = true;
    }

    @Override
    public void own(String group, InFlightCounts into) {
      into.clear();
      own.getOrDefault(group, Map.of()).forEach((id, count) -> into.add(id, count, count));
    }

    @Override
    public Duration interval(String group) {
      return INTERVAL;
    }

    @Override
    public void heard(
        String group, int peer, InFlightCounts counts, boolean complete, Duration age) {
      heardMessages++;
      this.age = age;
      Map<String, Integer> known = heard.computeIfAbsent(group, any -> new TreeMap<>());
      if (complete) {
        known.clear();
      }
      for (int i = 0; i < counts.size(); i++) {
        known.put(counts.id(i), counts.inFlight(i));
      }
      known.values().removeIf(count -> count == 0);
    }

    @Override
    public void forget(String group, int peer) {
      forgotten++;
      heard.remove(group);
    }

    @Override
    public void handOver() {}

    String webHeard() {
      return String.valueOf(heard.getOrDefault("web", Map.of()));
    }

    Member member(int index) {
      return exchange.snapshot().members().get(index);
    }

    long refused(PeerRefusal reason) {
      return exchange.snapshot().refused().getOrDefault(reason, 0L);
    }
  }

  private static List<Group> web(Target... targets) {
    return ConfigReader.parse(
            "test.yaml",
            "listener: {port: 1}\ntargetGroups: [{name: web, targets: []}]\nrules: [{paths: ['*'], forward: web}]\n")
        .with(group -> group.with(List.of(targets)), peers -> peers)
        .targetGroups();
  }

  private static Target target(String id) {
    return new Target(id, "10.1.0.1", 8000 + id.charAt(id.length() - 1), 1);
  }

  private static Target[] targets(String... ids) {
    return Arrays.stream(ids).map(PeerExchangeTest::target).toArray(Target[]::new);
  }

  private static Peers peers(String... addresses) {
    return peers(DatagramCodecTest.SECRET, addresses);
  }

  private static Peers peers(PeerSecret secret, String... addresses) {
    return new Peers(
        new Address("0.0.0.0", 9902),
        secret,
        Arrays.stream(addresses).map(it -> new Target(it, it, 9902, 1)).toList(),
        Membership.LISTED);
  }

  private Node node(String ip) {
    return new Node(ip, 1000, peers(A, B), web(targets("one", "two")));
  }

  private void pass(Duration time) {
    nowNanos += time.toNanos();
  }

  /** Lets time pass in intervals, in each of which these send. */
  private void run(Duration time, Node... some) {
    for (long end = nowNanos + time.toNanos(); nowNanos < end; ) {
      pass(INTERVAL);
      for (Node each : some) {
        each.exchange.tick();
      }
    }
  }

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
