package dev.leadline.balancer.config;

import dev.leadline.balancer.config.BalancerConfig.Address;
import dev.leadline.balancer.config.BalancerConfig.Membership;
import dev.leadline.routing.target.Target;
import java.nio.file.Path;
import java.util.List;

/**
 * The other balancers of the group that a balancer belongs to.
 *
 * @param listen UDP address of this balancer
 * @param secret with which their messages are signed
 * @param members all of them; this balancer may be one. A peer is written as a target with weight 1
 * @param membership where they come from; each address of a name is a member of its own
 */
public record Peers(
    Address listen, PeerSecret secret, List<Target> members, Membership membership) {

  /** Most members, this balancer included; those beyond are left out. */
  public static final int MOST = 64;

  /**
   * Reads a file with a list of members; blocks.
   *
   * @throws ConfigException if it cannot be read or used; the message says what to change
   */
  public List<Target> read(Path file) {
    return PeersForm.read(file, listen.port());
  }

  /** Members that were found by another name, as they are called when they are listed. */
  public static List<Target> named(List<Target> found) {
    return found.stream().map(it -> PeersForm.target(it.address(), it.port())).distinct().toList();
  }

  /** The same with other members. */
  public Peers with(List<Target> others) {
    return others.equals(members) ? this : new Peers(listen, secret, others, membership);
  }
}
