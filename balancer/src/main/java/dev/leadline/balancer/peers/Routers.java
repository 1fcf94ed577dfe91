package dev.leadline.balancer.peers;

import dev.leadline.routing.InFlightCounts;
import java.time.Duration;

/**
 * The routers of this balancer, as the exchange sees them: of each target group one on every event
 * loop. A group that is gone is ignored. To be used on the event loop of the exchange.
 */
public interface Routers {

  /** Fills in what this balancer has in flight at the targets of a group, of all event loops. */
  void own(String group, InFlightCounts into);

  /** The shortest time between two messages about this group; zero if nobody needs them. */
  Duration interval(String group);

  /**
   * Lets every event loop know what a peer has in flight, at {@link #handOver} at the latest.
   *
   * @param counts are not kept
   * @param complete whether targets that these counts leave out have no requests
   * @param age how long ago they were true, as far as it is known
   */
  void heard(String group, int peer, InFlightCounts counts, boolean complete, Duration age);

  /** Lets every event loop know that a peer has left, or begins anew. */
  void forget(String group, int peer);

  /** Everything that could be read at once has been read. */
  void handOver();
}
