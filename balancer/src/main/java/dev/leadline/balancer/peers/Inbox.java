package dev.leadline.balancer.peers;

import dev.leadline.balancer.config.PeerSecret;
import dev.leadline.balancer.observe.PeerRefusal;
import dev.leadline.routing.InFlightCounts;
import dev.leadline.routing.target.Target;
import io.netty.buffer.ByteBuf;
import java.net.InetSocketAddress;
import java.time.Duration;
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
      refuse(peer, problem == null ? PeerRefusal.STRANGER : problem, nowNanos);
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
  private void refuse(@Nullable Peer peer, PeerRefusal problem, long nowNanos) {
    refused.merge(problem, 1L, Long::sum);
    if (peer != null && peer.refused(problem) == 1 && problem != PeerRefusal.REPLAYED) {
      log.refused(peer.address(), problem.text(), nowNanos);
    }
  }

  /** What a peer had in flight does not count any more. */
  void forget(Peer peer) {
    keys.groups().forEach(group -> routers.forget(group.name(), peer.number()));
  }

  /** Of a group that a datagram says nothing about it says that nothing has changed. */
  private void tell(Peer peer) {
    if (!peer.isComplete()) {
      return;
    }
    Duration age = Duration.ofNanos(peer.ageAtArrivalNanos());
    int start = 0;
    List<TargetKeys.Group> groups = keys.groups();
    for (int i = 0; i < groups.size(); i++) {
      TargetKeys.Group group = groups.get(i);
      int end = start + group.targets().size();
      counts.clear();
      if (datagram.endsAll) {
        addAll(peer, group.targets(), start);
      } else {
        addChanged(group.targets(), start, end);
      }
      routers.heard(group.name(), peer.number(), counts, datagram.endsAll, age);
      start = end;
    }
  }

  private void addAll(Peer peer, List<Target> targets, int start) {
    for (int i = 0; i < targets.size(); i++) {
      if (peer.inFlight(start + i) > 0) {
        counts.add(targets.get(i).id(), peer.inFlight(start + i), peer.awake(start + i));
      }
    }
  }

  private void addChanged(List<Target> targets, int start, int end) {
    for (int i = 0; i < datagram.size; i++) {
      int place = keys.place(datagram.keys[i]);
      if (place >= start && place < end) {
        counts.add(targets.get(place - start).id(), datagram.inFlight[i], datagram.awake[i]);
      }
    }
  }
}
