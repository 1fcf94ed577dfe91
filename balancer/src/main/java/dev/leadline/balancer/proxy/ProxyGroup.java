package dev.leadline.balancer.proxy;

import dev.leadline.balancer.config.BalancerConfig.Connections;
import dev.leadline.balancer.observe.GroupMeter;
import dev.leadline.routing.GroupRouter;
import dev.leadline.routing.NanoClock;
import dev.leadline.routing.target.TargetState;
import io.vertx.core.http.HttpClientAgent;
import java.util.List;

/**
 * A target group at work: its router, the connections to each target, and what is counted. Belongs
 * to one event loop.
 */
public final class ProxyGroup {

  private final GroupRouter router;
  private final String policy;
  private final GroupMeter meter;
  private final List<TargetConnections> connections;

  /**
   * Makes the group.
   *
   * @param router chooses targets
   * @param policy name of the policy it does so by
   * @param meter counts
   * @param client connects to targets
   */
  public ProxyGroup(
      GroupRouter router,
      String policy,
      GroupMeter meter,
      HttpClientAgent client,
      Connections limits,
      NanoClock clock) {
    this.router = router;
    this.policy = policy;
    this.meter = meter;
    connections =
        router.states().stream()
            .map(state -> new TargetConnections(client, state.target(), limits, clock))
            .toList();
  }

  /** Chooses targets, and knows the state of each. */
  public GroupRouter router() {
    return router;
  }

  /** Name of the policy. */
  public String policy() {
    return policy;
  }

  /** Counts. */
  public GroupMeter meter() {
    return meter;
  }

  /** Connections to a target, idle, busy and about to be. */
  public int connectionCount(TargetState target) {
    return connectionsTo(target).size();
  }

  TargetConnections connectionsTo(TargetState target) {
    return connections.get(target.index());
  }

  void closeIdleConnections() {
    connections.forEach(TargetConnections::closeIdle);
  }
}
