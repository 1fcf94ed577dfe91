package dev.leadline.balancer.peers;

import dev.leadline.balancer.config.Peers;
import dev.leadline.routing.target.Target;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The balancers of the list, {@value Peers#MOST} at most, by their addresses. Not thread-safe. */
final class PeerTable {

  private final long ownSender;
  private final Predicate<InetSocketAddress> isSelf;
  private Map<InetSocketAddress, Peer> byAddress = new LinkedHashMap<>();
  private final BitSet usedNumbers = new BitSet();
  private int leftOut;

  /**
   * @param ownSender of this balancer
   * @param isSelf whether this balancer listens at an address
   */
  PeerTable(long ownSender, Predicate<InetSocketAddress> isSelf) {
    this.ownSender = ownSender;
    this.isSelf = isSelf;
  }

  /**
   * There are these members now; what is known of those that stay is kept.
   *
   * @return those that are listed no longer
   */
  List<Peer> use(List<Target> members, TargetKeys keys) {
    Map<InetSocketAddress, Peer> before = byAddress;
    List<InetSocketAddress> listed = new ArrayList<>();
    for (Target member : members) {
      InetSocketAddress address = address(member);
      if (address != null && listed.size() < Peers.MOST && !listed.contains(address)) {
        listed.add(address);
      }
    }
    leftOut = members.size() - listed.size();
    List<Peer> gone = new ArrayList<>();
    before.forEach(
        (address, peer) -> {
          if (!listed.contains(address)) {
            gone.add(peer);
            usedNumbers.clear(peer.number());
          }
        });
    byAddress = new LinkedHashMap<>();
    for (InetSocketAddress address : listed) {
      Peer known = before.get(address);
      byAddress.put(address, known == null ? join(address, keys) : known);
    }
    return gone;
  }

  private Peer join(InetSocketAddress address, TargetKeys keys) {
    int number = usedNumbers.nextClearBit(0);
    usedNumbers.set(number);
    return new Peer(address, number, isSelf.test(address), keys);
  }

  /** Where a member is; null as long as its name does not resolve. */
  private static @Nullable InetSocketAddress address(Target member) {
    byte[] bytes = NetUtil.createByteArrayFromIpAddressString(member.address());
    try {
      return bytes == null
          ? null
          : new InetSocketAddress(InetAddress.getByAddress(bytes), member.port());
    } catch (UnknownHostException e) {
      return null;
    }
  }

  /** The balancer at this address; null if none is listed there. */
  @Nullable Peer at(InetSocketAddress address) {
    return byAddress.get(address);
  }

  /** All of them, in the order of the list. */
  Collection<Peer> all() {
    return byAddress.values();
  }

  /** Members that are not in the table. */
  int leftOut() {
    return leftOut;
  }

  /**
   * Whether another one is alive that is the same balancer as the sender of this datagram, or this
   * balancer itself sent it.
   */
  boolean isKnownElsewhere(Datagram datagram, Peer peer, long nowNanos) {
    if (datagram.sender == ownSender) {
      return true;
    }
    for (Peer other : byAddress.values()) {
      if (other != peer && other.isAliveAs(datagram, nowNanos)) {
        return true;
      }
    }
    return false;
  }
}
