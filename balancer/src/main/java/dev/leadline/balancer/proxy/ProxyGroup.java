package dev.leadline.balancer.proxy;

import dev.leadline.balancer.config.BalancerConfig.Connections;
import dev.leadline.balancer.observe.GroupMeter;
import dev.leadline.routing.GroupRouter;
import dev.leadline.routing.PendingRequest;
import dev.leadline.routing.RequestInFlight;
import dev.leadline.routing.clock.NanoClock;
import dev.leadline.routing.target.TargetState;
import io.vertx.core.http.HttpClientAgent;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * A target group at work on one event loop: the loop's own connections to each target, and the
 * router, the budget and the counts, which other loops may share. These are used in an event of
 * {@link #access} only.
 */
public final class ProxyGroup {

  private final RouterAccess access;
  private final GroupRouter router;
  private final String policy;
  private final GroupMeter meter;
  private final ExtraBudget extra;
  private final HttpClientAgent client;
  private final Connections limits;
  private final NanoClock clock;
  private final List<ProxyGroup> loops;

  /** Concurrent because other loops ask how many there are; only this one changes it. */
  private final Map<TargetState, TargetConnections> connections = new ConcurrentHashMap<>();

  /**
   * Makes the group on its first event loop, or its only one.
   *
   * @param access of this loop to what loops share
   * @param router chooses targets
   * @param policy name of the policy it does so by
   * @param meter counts
   * @param extra what may be sent beyond the clients' requests
   * @param client connects to targets
   * @param limits of the connections of this loop
   */
  public ProxyGroup(
      RouterAccess access,
      GroupRouter router,
      String policy,
      GroupMeter meter,
      ExtraBudget extra,
      HttpClientAgent client,
      Connections limits,
      NanoClock clock) {
    this(access, router, policy, meter, extra, client, limits, clock, new CopyOnWriteArrayList<>());
  }

  private ProxyGroup(
      RouterAccess access,
      GroupRouter router,
      String policy,
      GroupMeter meter,
      ExtraBudget extra,
      HttpClientAgent client,
      Connections limits,
      NanoClock clock,
      List<ProxyGroup> loops) {
    this.access = access;
    this.router = router;
    this.policy = policy;
    this.meter = meter;
    this.extra = extra;
    this.client = client;
    this.limits = limits;
    this.clock = clock;
    this.loops = loops;
    loops.add(this);
  }

  /** The same group on one more event loop, with connections of its own. */
  public ProxyGroup onAnotherLoop(RouterAccess of, HttpClientAgent connecting) {
    return new ProxyGroup(of, router, policy, meter, extra, connecting, limits, clock, loops);
  }

  /** How this loop gets at what it shares with others. */
  public RouterAccess access() {
    return access;
  }

  /** Finds a target for a request, which hears of it now or later, on this loop. */
  void route(PendingRequest request) {
    access.run(() -> router.route(request));
  }

  /** Takes back a request that may be waiting for a target. */
  void withdraw(PendingRequest request) {
    access.run(() -> router.withdraw(request));
  }

  /** Ends a request at its target. */
  void close(RequestInFlight inFlight, Consumer<RequestInFlight> how) {
    access.run(() -> how.accept(inFlight));
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

  /** Time has passed; of several loops the first one says so. */
  void tick() {
    if (loops.get(0) == this) {
      access.run(router::tick);
    }
  }

  /**
   * Connections of all loops to a target, idle, busy and about to be. Those of other loops may be
   * out of date by a moment.
   */
  public int connectionCount(TargetState target) {
    int count = 0;
    for (ProxyGroup loop : loops) {
      TargetConnections known = loop.connections.get(target);
      count += known == null ? 0 : known.size();
    }
    return count;
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
    List<TargetState> present = access.ask(() -> List.copyOf(router.states()));
    connections
        .entrySet()
        .removeIf(it -> !present.contains(it.getKey()) && it.getValue().size() == 0);
  }
}
