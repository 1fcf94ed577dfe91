package dev.leadline.balancer.peers;

import dev.leadline.balancer.config.BalancerConfig.Group;
import dev.leadline.balancer.config.Peers;
import dev.leadline.balancer.observe.PeersSnapshot;
import dev.leadline.balancer.observe.PeersSnapshot.Member;
import dev.leadline.balancer.observe.PeersSnapshot.State;
import dev.leadline.routing.InFlightCounts;
import dev.leadline.routing.clock.NanoClock;
import dev.leadline.routing.target.Target;
import io.netty.buffer.ByteBuf;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/**
 * Tells the other balancers of the group what this one has in flight, and the routers what the
 * others have. It knows no socket and no timer: {@link PeerService} has these. Not thread-safe: it
 * belongs to one event loop.
 */
final class PeerExchange {

  /** As long as no group says how often the others have to hear of it. */
  static final Duration USUAL_INTERVAL = Duration.ofMillis(10);

  private static final Duration SHORTEST_INTERVAL = Duration.ofMillis(2);

  /** A peer is said to be lost after a silence of this time; it does not count long before. */
  private static final long LOST_NANOS = 1_000_000_000;

  /** How many times the others hear that this balancer leaves. */
  private static final int GOODBYES = 3;

  /** Time that reading may take until the next tick; the interval is ten times as long or more. */
  private static final long READ_NANOS = 200_000;

  private static final int READS = 16;
  private static final int READS_OF_EACH_PEER = 4;

  /** The way to the others. */
  interface Network {
    /** Reads at most so many datagrams until the next call. */
    void read(int most);

    /** Sends this to each; returns to how many. What cannot be sent at once is left out. */
    int send(ByteBuf bytes, List<InetSocketAddress> to);

    /** Memory for a datagram. */
    ByteBuf buffer(int bytes);

    void close();
  }

  /**
   * Which balancer this is.
   *
   * @param sender drawn at random at the start
   * @param boot when it started, in milliseconds since 1970
   */
  record Identity(long sender, long boot) {}

  private final Identity identity;
  private final NanoClock clock;
  private final Network network;
  private final Routers routers;
  private final PeerLog log;
  private final PeerTable table;
  private final Inbox inbox;
  private final Outbox outbox;
  private final Own own = new Own();
  private final Datagram outgoing = new Datagram();
  private DatagramCodec codec;
  private TargetKeys keys;
  private Peers config;
  private List<InetSocketAddress> others = List.of();
  private Duration interval = USUAL_INTERVAL;
  private long readNanos;
  private long sequence;
  private long sent;
  private long unsent;

  /** What this balancer has in flight, in the order of the keys. */
  private static final class Own implements Outbox.Counts {
    private final InFlightCounts counts = new InFlightCounts();
    private int[] inFlight = {};
    private int[] awake = {};

    /** Reads what the routers have; a target that they do not know yet, or no longer, has none. */
    void read(List<TargetKeys.Group> groups, int size, Routers routers) {
      if (size != inFlight.length) {
        inFlight = new int[size];
        awake = new int[size];
      }
      Arrays.fill(inFlight, 0);
      Arrays.fill(awake, 0);
      int start = 0;
      for (int i = 0; i < groups.size(); i++) {
        List<Target> targets = groups.get(i).targets();
        routers.own(groups.get(i).name(), counts);
        for (int at = 0; at < counts.size(); at++) {
          int place = place(targets, counts.id(at), at);
          if (place >= 0) {
            inFlight[start + place] = counts.inFlight(at);
            awake[start + place] = counts.awake(at);
          }
        }
        start += targets.size();
      }
    }

    /** Usually where the router has it too; but for a moment after a reload. */
    private static int place(List<Target> targets, String id, int likely) {
      if (likely < targets.size() && targets.get(likely).id().equals(id)) {
        return likely;
      }
      for (int i = 0; i < targets.size(); i++) {
        if (targets.get(i).id().equals(id)) {
          return i;
        }
      }
      return -1;
    }

    @Override
    public int inFlight(int place) {
      return inFlight[place];
    }

    @Override
    public int awake(int place) {
      return awake[place];
    }
  }

  /**
   * @param isSelf whether this balancer listens at an address
   */
  PeerExchange(
      Identity identity,
      Peers config,
      List<Group> groups,
      NanoClock clock,
      Network network,
      Routers routers,
      PeerLog log,
      Predicate<InetSocketAddress> isSelf) {
    this.identity = identity;
    this.config = config;
    this.clock = clock;
    this.network = network;
    this.routers = routers;
    this.log = log;
    keys = keys(groups);
    codec = new DatagramCodec(config.secret());
    table = new PeerTable(identity.sender(), isSelf);
    inbox = new Inbox(table, routers, log, config.secret(), keys);
    outbox = new Outbox(keys);
    useMembers();
  }

  private static TargetKeys keys(List<Group> groups) {
    return new TargetKeys(
        groups.stream()
            .map(it -> new TargetKeys.Group(it.name(), it.targets().targets()))
            .toList());
  }

  private void useMembers() {
    table.use(config.members(), keys).forEach(inbox::forget);
    others = table.all().stream().filter(it -> !it.isSelf()).map(Peer::address).toList();
  }

  /** Another configuration takes over, after the routers have it. */
  void use(Peers changed, List<Group> groups) {
    TargetKeys changedKeys = keys(groups);
    if (!changedKeys.isSame(keys)) {
      keys = changedKeys;
      inbox.use(keys);
      outbox.use(keys);
    }
    if (!changed.secret().equals(config.secret())) {
      codec = new DatagramCodec(changed.secret());
      inbox.use(changed.secret());
    }
    config = changed;
    useMembers();
  }

  /** A datagram has come; its bytes belong to the caller. */
  void received(InetSocketAddress from, ByteBuf bytes) {
    long begun = clock.nanoTime();
    inbox.received(from, bytes, begun);
    readNanos += clock.nanoTime() - begun;
    if (readNanos >= READ_NANOS) {
      network.read(0);
    }
  }

  /** The network had a problem, such as no way to a member, and goes on. */
  void socketFailed(Throwable cause) {
    log.socketFailed(cause, clock.nanoTime());
  }

  /** Everything that could be read at once has been read. */
  void turnEnds() {
    routers.handOver();
  }

  /**
   * Sends what the others have to hear of now.
   *
   * @return time until the next call
   */
  Duration tick() {
    long now = clock.nanoTime();
    readNanos = 0;
    network.read(READS + READS_OF_EACH_PEER * others.size());
    own.read(keys.groups(), keys.size(), routers);
    outbox.fill(own, now, interval.toNanos(), outgoing, this::send);
    for (Peer peer : table.all()) {
      if (peer.isPresent() && peer.ageNanos(now) >= LOST_NANOS) {
        peer.present(false);
        inbox.forget(peer);
        log.lost(peer.address(), now);
      }
    }
    log.tick(now);
    routers.handOver();
    interval = nextInterval();
    return interval;
  }

  /** That of the group that needs it most often. */
  private Duration nextInterval() {
    Duration shortest = Duration.ZERO;
    for (TargetKeys.Group group : keys.groups()) {
      Duration its = routers.interval(group.name());
      if (shortest.isZero() || (!its.isZero() && its.compareTo(shortest) < 0)) {
        shortest = its;
      }
    }
    if (shortest.isZero()) {
      return USUAL_INTERVAL;
    }
    return shortest.compareTo(SHORTEST_INTERVAL) < 0 ? SHORTEST_INTERVAL : shortest;
  }

  private void send(Datagram datagram) {
    datagram.sender = identity.sender();
    datagram.boot = identity.boot();
    datagram.sequence = ++sequence;
    datagram.sentNanos = clock.nanoTime();
    if (others.isEmpty()) {
      return;
    }
    ByteBuf bytes = network.buffer(DatagramCodec.MOST_BYTES);
    try {
      codec.write(datagram, bytes);
      int taken = network.send(bytes, others);
      sent += taken;
      unsent += others.size() - taken;
    } finally {
      bytes.release();
    }
  }

  /** Tells the others that this balancer has nothing in flight any more. */
  void leave() {
    outgoing.clear();
    outgoing.leaves = true;
    for (int i = 0; i < GOODBYES; i++) {
      send(outgoing);
    }
    network.close();
  }

  /** What there is to see now. */
  PeersSnapshot snapshot() {
    long now = clock.nanoTime();
    return new PeersSnapshot(
        true,
        (int) interval.toMillis(),
        sent,
        unsent,
        inbox.received(),
        inbox.refused(),
        inbox.unknownTargets(),
        table.leftOut(),
        "",
        table.all().stream().map(peer -> member(peer, now)).toList());
  }

  private static Member member(Peer peer, long nowNanos) {
    boolean alive = peer.isAlive(nowNanos);
    return new Member(
        NetUtil.toSocketAddressString(peer.address()),
        state(peer, alive),
        peer.isHeard() ? peer.ageNanos(nowNanos) / 1_000_000 : -1,
        peer.received(),
        peer.refused(),
        alive ? peer.inFlight() : 0);
  }

  private static State state(Peer peer, boolean alive) {
    if (peer.isSelf()) {
      return State.SELF;
    }
    if (alive) {
      return peer.isComplete() ? State.USED : State.UNHEARD;
    }
    return peer.isHeard() ? State.SILENT : State.UNHEARD;
  }
}
