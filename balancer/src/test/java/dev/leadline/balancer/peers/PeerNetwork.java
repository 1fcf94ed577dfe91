package dev.leadline.balancer.peers;

import dev.leadline.balancer.config.BalancerConfig.Address;
import dev.leadline.balancer.config.BalancerConfig.Group;
import dev.leadline.balancer.config.BalancerConfig.Membership;
import dev.leadline.balancer.config.ConfigReader;
import dev.leadline.balancer.config.PeerSecret;
import dev.leadline.balancer.config.Peers;
import dev.leadline.balancer.observe.PeerRefusal;
import dev.leadline.balancer.observe.PeersSnapshot.Member;
import dev.leadline.routing.InFlightCounts;
import dev.leadline.routing.target.Target;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Balancers on a network without sockets, in a time that stands still until it is moved. */
abstract class PeerNetwork {

  static final String A = "10.0.0.1";
  static final String B = "10.0.0.2";
  static final Duration INTERVAL = Duration.ofMillis(2);

  long nowNanos = 5_000_000_000L;
  long stepNanos;
  final List<String> log = new ArrayList<>();
  final Map<String, Node> nodes = new TreeMap<>();

  /** A balancer. */
  final class Node implements PeerExchange.Network, Routers {
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

  static List<Group> web(Target... targets) {
    return ConfigReader.parse(
            "test.yaml",
            "listener: {port: 1}\ntargetGroups: [{name: web, targets: []}]\nrules: [{paths: ['*'], forward: web}]\n")
        .with(group -> group.with(List.of(targets)), peers -> peers)
        .targetGroups();
  }

  static Target target(String id) {
    return new Target(id, "10.1.0.1", 8000 + id.charAt(id.length() - 1), 1);
  }

  static Target[] targets(String... ids) {
    return Arrays.stream(ids).map(PeerNetwork::target).toArray(Target[]::new);
  }

  static Peers peers(String... addresses) {
    return peers(DatagramCodecTest.SECRET, addresses);
  }

  static Peers peers(PeerSecret secret, String... addresses) {
    return new Peers(
        new Address("0.0.0.0", 9902),
        secret,
        Arrays.stream(addresses).map(it -> new Target(it, it, 9902, 1)).toList(),
        Membership.LISTED);
  }

  Node node(String ip) {
    return new Node(ip, 1000, peers(A, B), web(targets("one", "two")));
  }

  void pass(Duration time) {
    nowNanos += time.toNanos();
  }

  /** Lets time pass in intervals, in each of which these send. */
  void run(Duration time, Node... some) {
    for (long end = nowNanos + time.toNanos(); nowNanos < end; ) {
      pass(INTERVAL);
      for (Node each : some) {
        each.exchange.tick();
      }
    }
  }
}
