package dev.leadline.balancer.proxy;

import dev.leadline.balancer.config.BalancerConfig.Connections;
import dev.leadline.balancer.config.BalancerConfig.Group;
import dev.leadline.balancer.config.TargetWire;
import dev.leadline.balancer.config.TargetWire.Protocol;
import dev.leadline.balancer.observe.GroupMeter;
import dev.leadline.balancer.observe.GroupSnapshot;
import dev.leadline.balancer.observe.MembershipSnapshot;
import dev.leadline.balancer.observe.RequestEnd;
import dev.leadline.balancer.observe.TargetSnapshot;
import dev.leadline.balancer.observe.WindowReading;
import dev.leadline.balancer.probe.Prober;
import dev.leadline.routing.GroupRouter;
import dev.leadline.routing.RoutingObserver;
import dev.leadline.routing.target.SharedCounts;
import dev.leadline.routing.target.Target;
import dev.leadline.routing.target.TargetState;
import io.vertx.core.MultiMap;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A target group at work on one event loop, with a router, counts, a budget and connections of its
 * own. Not thread-safe: everything happens on that loop.
 */
public final class ProxyGroup implements RequestEnd.Listener {

  private final String name;
  private final LoopResources loop;
  private Group config;
  private final GroupMeter meter = new GroupMeter();
  private final ExtraBudget extra;
  private final GroupRouter router;
  private Connections limits;
  private Prober prober;
  private @Nullable SessionCookie session;
  private final LoadReports reports;
  private final Map<TargetState, TargetConnections> connections = new HashMap<>();

  /**
   * Makes the group on its event loop.
   *
   * @param config of the group; the loop has its share of the limits
   * @param connections limits of the connections of all loops
   * @param counts what all loops have in flight at the group's targets; null if there is one loop
   * @param observer hears what the router does
   */
  public ProxyGroup(
      LoopResources loop,
      Group config,
      Connections connections,
      SharedCounts.@Nullable View counts,
      RoutingObserver observer) {
    this.loop = loop;
    this.config = config;
    name = config.name();
    extra = new ExtraBudget(loop.vertx(), config.extra().sharedBy(loop.loops()), loop.clock());
    limits = connections.sharedBy(loop.loops());
    prober = newProber();
    session = newSession();
    reports = new LoadReports(config.loadMetric());
    router =
        new GroupRouter(
            config.targets(),
            config.routing().sharedBy(loop.loops()),
            loop.clock(),
            loop.random(),
            state -> probe(state.target()),
            observer,
            counts);
  }

  /**
   * Takes over another configuration of the group. What is known of targets that stay is kept, and
   * so are their connections and requests.
   *
   * @param connections limits of the connections of all loops
   */
  public void use(Group changed, Connections connections) {
    boolean sameWire = changed.wire().equals(config.wire());
    boolean sameProbes = sameWire && changed.healthCheck().equals(config.healthCheck());
    boolean sameSessions = changed.stickiness().equals(config.stickiness());
    limits = connections.sharedBy(loop.loops());
    this.connections.values().forEach(it -> it.use(limits));
    extra.use(changed.extra().sharedBy(loop.loops()));
    if (!changed.loadMetric().equals(config.loadMetric())) {
      reports.use(changed.loadMetric());
      router.forgetReports();
    }
    if (!changed.routing().equals(config.routing())) {
      router.use(changed.routing().sharedBy(loop.loops()));
    }
    if (!changed.targets().equals(config.targets())) {
      router.update(changed.targets());
    }
    config = changed;
    if (!sameWire) {
      this.connections.values().forEach(TargetConnections::retire);
      this.connections.clear();
    }
    if (!sameProbes) {
      prober = newProber();
    }
    if (!sameSessions) {
      session = newSession();
    }
  }

  /** Whether the group has no requests and no connections. */
  public boolean isIdle() {
    return router.requestsHeld() == 0
        && connections.values().stream().allMatch(it -> it.size() == 0)
        && router.states().stream().allMatch(it -> it.requestsInFlight() == 0);
  }

  /** Closes the connections that no request uses, however short they have been idle. */
  void closeAllIdleConnections() {
    connections.values().forEach(TargetConnections::closeAllIdle);
  }

  private @Nullable SessionCookie newSession() {
    return config
        .stickiness()
        .map(it -> new SessionCookie(it, name, loop.wallClock()))
        .orElse(null);
  }

  private Prober newProber() {
    return new Prober(
        loop.vertx(),
        config.healthCheck().path(),
        config.wire(),
        config.healthCheck().timeout(),
        (target, nanos) -> probed(target, nanos));
  }

  /** Chooses targets, and knows the state of each. */
  public GroupRouter router() {
    return router;
  }

  /** Name of the group. */
  public String name() {
    return name;
  }

  /** Keeps clients at their targets; null if they do not stay. */
  @Nullable SessionCookie session() {
    return session;
  }

  /** What targets say of their load. */
  LoadReports reports() {
    return reports;
  }

  /** A target has begun to answer a request: what these headers say of its load is taken out. */
  void answered(TargetState target, MultiMap headers) {
    double inFlight = reports.take(headers);
    if (!Double.isNaN(inFlight)) {
      router.reported(target, inFlight);
    }
  }

  @Override
  public void ended(RequestEnd end) {
    meter.ended(end);
    extra.ended(end);
  }

  /** What may be sent beyond the clients' requests. */
  public ExtraBudget extra() {
    return extra;
  }

  /**
   * A health check of this target ended.
   *
   * @param failure why it failed, in words; empty if it succeeded
   */
  public void checked(Target target, Optional<String> failure) {
    withState(
        target,
        state ->
            failure.ifPresentOrElse(
                reason -> router.checkFailed(state, reason), () -> router.checked(state, true)));
  }

  /**
   * A probe of this target ended.
   *
   * @param responseNanos how long the target took to answer; empty if it failed
   */
  public void probed(Target target, Optional<Long> responseNanos) {
    withState(target, state -> router.probed(state, responseNanos));
  }

  /**
   * A metric of this target was read.
   *
   * @param value in the metric's own unit
   * @param trueAt when it was true
   */
  public void measured(Target target, double value, Instant trueAt) {
    Duration age = Duration.between(trueAt, loop.wallClock().instant());
    // Not below zero: the clocks of the metric's source and of this machine need not agree.
    Duration positive = age.isNegative() ? Duration.ZERO : age;
    withState(target, state -> router.measured(state, value, positive));
  }

  private boolean probe(Target target) {
    boolean may = prober.isIdle(target) && extra.mayProbe();
    if (may) {
      prober.send(target);
    }
    return may;
  }

  /** Nothing happens if the target has left the group in the meantime. */
  private void withState(Target target, Consumer<TargetState> event) {
    router.states().stream()
        .filter(state -> !state.hasLeft() && state.target().key().equals(target.key()))
        .findFirst()
        .ifPresent(event);
  }

  private TargetConnections newConnections(Target target) {
    return config.wire().protocol() == Protocol.HTTP1
        ? new Http1Connections(loop.client(), target, config.wire(), limits, loop.clock())
        : new Http2Connections(loop.client(), target, config.wire(), limits, loop.clock());
  }

  /** How targets are spoken to. */
  public TargetWire wire() {
    return config.wire();
  }

  /** Most connections of this loop to one target. */
  public int mostConnections() {
    return limits.perTarget();
  }

  /** What targets are spoken to in. */
  Protocol protocol() {
    return config.wire().protocol();
  }

  TargetConnections connectionsTo(TargetState target) {
    TargetConnections known = connections.get(target);
    if (known == null) {
      known = newConnections(target.target());
      connections.put(target, known);
    }
    return known;
  }

  /** Closes connections that have been idle for too long, and all to targets that are gone. */
  void closeIdleConnections() {
    connections.values().forEach(TargetConnections::closeIdle);
    List<TargetState> present = router.states();
    connections
        .entrySet()
        .removeIf(it -> !present.contains(it.getKey()) && it.getValue().size() == 0);
  }

  /** What there is to see of the group on this loop. */
  public GroupSnapshot snapshot() {
    return new GroupSnapshot(
        name,
        config.policy().name(),
        meter.counts(),
        extra.probes(),
        extra.refused(),
        reports.used(),
        reports.unusable(),
        router.isFailOpen(),
        router.requestsHeld(),
        router.states().stream().map(this::snapshot).toList(),
        MembershipSnapshot.NONE);
  }

  /** The same at the end of a window of time; the next window begins. */
  public WindowReading readWindow() {
    return new WindowReading(snapshot(), meter.takeTimes());
  }

  private TargetSnapshot snapshot(TargetState state) {
    TargetConnections open = connections.get(state);
    return TargetSnapshot.of(
        state,
        router.isEjected(state),
        // Without a pool each connection is passed on as it is, and is one in flight.
        open == null ? state.requestsInFlight() : open.size(),
        meter.counts(state),
        state.hasLeft() ? Double.NaN : router.load(state));
  }
}
