package dev.leadline.balancer.discovery;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.leadline.balancer.config.BalancerConfig.Address;
import dev.leadline.balancer.config.BalancerConfig.Membership;
import dev.leadline.balancer.config.PeerSecret;
import dev.leadline.balancer.config.Peers;
import dev.leadline.routing.target.Target;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ListingTest {

  private final Listing peers =
      Listing.of(
          new Peers(
              new Address("0.0.0.0", 9902),
              new PeerSecret(Optional.empty(), "a-secret-of-a-group"),
              List.of(),
              Membership.LISTED));

  @Test
  void aPeerWithAddressesOfBothKindsIsOnePeer() {
    assertEquals(
        List.of("10.0.0.1", "10.0.0.2"),
        peers.members(List.of("10.0.0.1", "10.0.0.2", "fd00::1", "fd00::2")));
    assertEquals(List.of("fd00::1"), peers.members(List.of("fd00::1")));
  }

  /** What AWS calls by ids. */
  @Test
  void peersAreCalledByTheirAddresses() {
    Target found = new Target("i-1", "fd00::1", 9902, 1);
    assertEquals(
        List.of(new Target("[fd00::1]:9902", "fd00::1", 9902, 1)), peers.named(List.of(found)));
  }
}
