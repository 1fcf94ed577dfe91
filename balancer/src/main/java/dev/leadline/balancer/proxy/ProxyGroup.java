package dev.leadline.balancer.proxy;

import dev.leadline.balancer.config.BalancerConfig.Connections;
import dev.leadline.balancer.observe.GroupMeter;
import dev.leadline.routing.GroupRouter;
import dev.leadline.routing.NanoClock;
import dev.leadline.routing.target.TargetState;
import io.vertx.core.http.HttpClientAgent;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A target group at work: its router, the connections to each target, and what is counted. Belongs
 * to one event loop.
 */
public final class ProxyGroup {

  private final GroupRouter router;
  private final String policy;
  private final GroupMeter meter;
  private final ExtraBudget extra;
  private final HttpClientAgent client;
  private final Connections limits;
  private final NanoClock clock;
  private final Map<TargetState, TargetConnections> connections = new HashMap<>();

  /**
   * Makes the group.
   *
   * @param router chooses targets
   * @param policy name of the policy it does so by
   * @param meter counts
   * @param extra what may be sent beyond the clients' requests
   * @param client connects to targets
   */
  public ProxyGroup(
      GroupRouter router,
      String policy,
      GroupMeter meter,
      ExtraBudget extra,
      HttpClientAgent client,
      Connections limits,
      NanoClock clock) {
    this.router = router;
    this.policy = policy;
    this.meter = meter;
    this.extra = extra;
    this.client = client;
    this.limits = limits;
    this.clock = clock;
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
    TargetConnections known = connections.get(target);
    if (known == null) {
      known = new TargetConnections(client, target.target(), limits, clock);
      connections.put(target, known);
    }
    return known;
  }

  /** What may be sent beyond the clients' requests. */
  public ExtraBudget extra() {
    return extra;
  }

  /** Closes connections that have been idle for too long, and all to targets that are gone. */
  void closeIdleConnections() {
    connections.values().forEach(TargetConnections::closeIdle);
    List<TargetState> present = router.states();
    connections
        .entrySet()
        .removeIf(it -> !present.contains(it.getKey()) && it.getValue().size() == 0);
  }
}
