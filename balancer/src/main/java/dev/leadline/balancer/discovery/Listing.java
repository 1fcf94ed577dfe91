package dev.leadline.balancer.discovery;

import dev.leadline.balancer.config.BalancerConfig;
import dev.leadline.balancer.config.BalancerConfig.Group;
import dev.leadline.balancer.config.BalancerConfig.Membership;
import dev.leadline.balancer.config.Peers;
import dev.leadline.balancer.config.TargetsFile;
import dev.leadline.routing.target.Target;
import io.netty.util.NetUtil;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * A list of the configuration that is kept up to date: the targets of a group, or the peers.
 *
 * @param name of the group; {@link #PEERS} for the peers
 * @param what it lists, for messages
 * @param listed in the configuration, or in the file when the configuration was read
 * @param membership where it comes from
 * @param reader of the file; blocks
 * @param naming how members that AWS lists are called here
 */
record Listing(
    String name,
    String what,
    List<Target> listed,
    Membership membership,
    Function<Path, List<Target>> reader,
    UnaryOperator<List<Target>> naming) {

  /** No group has this name. */
  static final String PEERS = "";

  static Listing of(Group group) {
    return new Listing(
        group.name(),
        "targets of group " + group.name(),
        group.targets().targets(),
        group.membership(),
        TargetsFile::read,
        UnaryOperator.identity());
  }

  static Listing of(Peers peers) {
    return new Listing(
        PEERS, "peers", peers.members(), peers.membership(), peers::read, Peers::named);
  }

  /** All lists of a configuration. */
  static List<Listing> all(BalancerConfig config) {
    List<Listing> all = new ArrayList<>();
    config.targetGroups().forEach(group -> all.add(of(group)));
    config.peers().ifPresent(peers -> all.add(of(peers)));
    return all;
  }

  Listing with(List<Target> others) {
    return new Listing(name, what, others, membership, reader, naming);
  }

  /**
   * Those of the addresses of a name that are members. A peer with an IPv4 and an IPv6 address is
   * one peer, and would get everything twice: where there are addresses of IPv4, they are used.
   */
  List<String> members(List<String> addresses) {
    List<String> v4 = addresses.stream().filter(NetUtil::isValidIpV4Address).toList();
    return name.equals(PEERS) && !v4.isEmpty() ? v4 : addresses;
  }

  /** Members that AWS lists, as they are called here. */
  List<Target> named(List<Target> found) {
    return naming.apply(found);
  }
}
