package dev.leadline.balancer.peers;

import dev.leadline.balancer.config.PeerSecret;
import dev.leadline.balancer.observe.PeerRefusal;
import dev.leadline.routing.InFlightCounts;
import dev.leadline.routing.target.Target;
import io.netty.buffer.ByteBuf;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Takes in what peers send: refuses what cannot be believed, and tells the routers the rest. Never
 * throws, whatever comes. Not thread-safe.
 */
final class Inbox {

  private final PeerTable table;
  private final Routers routers;
  private final PeerLog log;
  private final Datagram datagram = new Datagram();
  private final InFlightCounts counts = new InFlightCounts();
  private final Map<PeerRefusal, Long> refused = new EnumMap<>(PeerRefusal.class);
  private DatagramCodec codec;
  private TargetKeys keys;
  private long received;
  private long unknownTargets;

  Inbox(PeerTable table, Routers routers, PeerLog log, PeerSecret secret, TargetKeys keys) {
    this.table = table;
    this.routers = routers;
    this.log = log;
    this.keys = keys;
    codec = new DatagramCodec(secret);
  }

  void use(PeerSecret secret) {
    codec = new DatagramCodec(secret);
  }

  void use(TargetKeys changed) {
    keys = changed;
    table.all().forEach(peer -> peer.use(changed));
  }

  long received() {
    return received;
  }

  long unknownTargets() {
    return unknownTargets;
  }

  Map<PeerRefusal, Long> refused() {
    return Map.copyOf(refused);
  }

  /** A datagram has come; it belongs to the caller. */
  void received(InetSocketAddress from, ByteBuf bytes, long nowNanos) {
    Peer peer = table.at(from);
    PeerRefusal problem = peer == null ? PeerRefusal.STRANGER : problem(peer, bytes, nowNanos);
    if (problem != null || peer == null) {
      refuse(from, peer, problem == null ? PeerRefusal.STRANGER : problem, nowNanos);
      return;
    }
    received++;
    boolean isNewBoot = peer.isNewBoot(datagram);
    unknownTargets += peer.take(datagram, nowNanos);
    if (isNewBoot || datagram.leaves) {
      forget(peer);
    }
    if (datagram.leaves) {
      if (peer.isPresent()) {
        peer.present(false);
        log.left(from, nowNanos);
      }
      return;
    }
    if (!peer.isPresent()) {
      peer.present(true);
      log.appeared(from, nowNanos);
    }
    tell(peer);
  }

  private @Nullable PeerRefusal problem(Peer peer, ByteBuf bytes, long nowNanos) {
    PeerRefusal problem = codec.read(bytes, datagram);
    if (problem == null) {
      problem = peer.problem(datagram, nowNanos);
    }
    if (problem == null && table.isKnownElsewhere(datagram, peer, nowNanos)) {
      problem = PeerRefusal.SECOND_ADDRESS;
    }
    return problem;
  }

  /** A copy or an overtaken datagram is usual with UDP; the first other one of a peer is news. */
  private void refuse(
      InetSocketAddress from, @Nullable Peer peer, PeerRefusal problem, long nowNanos) {
    long all = refused.merge(problem, 1L, Long::sum);
    if (peer == null) {
      log.stranger(from, all, nowNanos);
    } else if (peer.refused(problem) == 1 && problem != PeerRefusal.REPLAYED) {
      log.refused(peer.address(), problem.text(), nowNanos);
    }
  }

  /** What a peer had in flight does not count any more. */
  void forget(Peer peer) {
    keys.groups().forEach(group -> routers.forget(group.name(), peer.number()));
  }

  /**
   * Of a group that is not spoken of nothing has changed. Of a message that takes several datagrams
   * the routers hear at once, when the last one has come: held requests would rush to the targets
   * that are still to follow. If that one is lost they hear with the peer's next datagram.
   */
  private void tell(Peer peer) {
    if (!peer.isComplete()) {
      peer.untold().clear(); // They hear everything with the first series that is complete.
      return;
    }
    if (datagram.continues) {
      return;
    }
    Duration age = Duration.ofNanos(peer.ageOfUntoldNanos());
    int start = 0;
    List<TargetKeys.Group> groups = keys.groups();
    for (int i = 0; i < groups.size(); i++) {
      TargetKeys.Group group = groups.get(i);
      int end = start + group.targets().size();
      counts.clear();
      if (datagram.endsAll) {
        addAll(peer, group.targets(), start);
      } else {
        addUntold(peer, group.targets(), start, end);
      }
      routers.heard(group.name(), peer.number(), counts, datagram.endsAll, age);
      start = end;
    }
    peer.untold().clear();
  }

  private void addAll(Peer peer, List<Target> targets, int start) {
    for (int i = 0; i < targets.size(); i++) {
      if (peer.inFlight(start + i) > 0) {
        counts.add(targets.get(i).id(), peer.inFlight(start + i), peer.awake(start + i));
      }
    }
  }

  private void addUntold(Peer peer, List<Target> targets, int start, int end) {
    BitSet untold = peer.untold();
    for (int at = untold.nextSetBit(start); at >= 0 && at < end; at = untold.nextSetBit(at + 1)) {
      counts.add(targets.get(at - start).id(), peer.inFlight(at), peer.awake(at));
    }
  }
}
