package dev.leadline.balancer.proxy;

import dev.leadline.balancer.config.BalancerConfig.Address;
import dev.leadline.balancer.config.BalancerConfig.Timeouts;
import dev.leadline.balancer.config.BalancerConfig.Tracing;
import dev.leadline.balancer.config.Limits;
import dev.leadline.balancer.config.Tls;
import dev.leadline.balancer.connect.TargetClient;
import dev.leadline.balancer.observe.BalancerSnapshot;
import dev.leadline.balancer.observe.EndReason;
import dev.leadline.balancer.observe.PeersSnapshot;
import dev.leadline.balancer.observe.RequestEnd;
import dev.leadline.balancer.observe.Traffic;
import dev.leadline.balancer.rules.Decision;
import dev.leadline.balancer.rules.RuleTable;
import dev.leadline.balancer.rules.Rules;
import dev.leadline.routing.clock.NanoClock;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.ServerSSLOptions;
import io.vertx.core.net.impl.ConnectionBase;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The listener: takes requests in, checks them, finds their rule, and starts an {@link
 * ProxiedRequest} for each. Everything of it runs on one event loop; a balancer with several has
 * one for each.
 */
public final class Proxy implements Front {

  private static final Duration SWEEP_INTERVAL = Duration.ofMillis(500);
  private static final Duration TICK_INTERVAL = Duration.ofMillis(50);

  private final Vertx vertx;
  private final ClientRequest seenByRules = new ClientRequest();

  private final ServedGroups groups;

  private Serving serving;
  private final NanoClock clock;
  private final TraceParent traces;
  private final ForwardedHeaders forwardedHeaders;
  private final Answers answers;
  private final ClientConnections connections;
  private final RequestEnds ends;
  private final Set<ProxiedRequest> requests = new LinkedHashSet<>();
  private final PriorKnowledge priorKnowledge;
  private final ProxyHeaders proxyHeaders;
  private final TargetClient client;
  private final HttpServer server;
  private int coming;
  private long sweeper = -1;
  private long ticker = -1;
  private boolean retiring;
  private boolean draining;
  private long drainLimitNanos;

  /**
   * Makes a proxy that does not listen yet.
   *
   * @param groups the groups by name; every name in the rules is among them
   * @param tls what the listener proves itself with; absent: it speaks plain HTTP
   */
  public Proxy(
      LoopResources loop,
      Rules rules,
      Map<String, ProxyGroup> groups,
      Timeouts timeouts,
      Limits limits,
      Optional<Tls> tls) {
    this(loop, rules, groups, timeouts, limits, tls, new ProxyHeaders(Optional.empty()));
  }

  /**
   * The same for a listener with the PROXY protocol.
   *
   * @param proxyHeaders what its connections begin with
   */
  public Proxy(
      LoopResources loop,
      Rules rules,
      Map<String, ProxyGroup> groups,
      Timeouts timeouts,
      Limits limits,
      Optional<Tls> tls,
      ProxyHeaders proxyHeaders) {
    this.proxyHeaders = proxyHeaders;
    vertx = loop.vertx();
    this.groups = new ServedGroups(groups.values());
    serving = serving(rules, groups, timeouts, limits);
    clock = loop.clock();
    client = loop.client();
    traces = new TraceParent(loop.tracing(), loop.random());
    ends = new RequestEnds(loop, traces);
    forwardedHeaders =
        new ForwardedHeaders(() -> loop.wallClock().millis() / 1000, loop.random(), traces);
    connections = new ClientConnections(limits, loop.loops(), timeouts, clock);
    answers = new Answers(vertx, clock, connections::mostRequests, () -> retiring);
    HttpServerOptions options = ListenerOptions.of(timeouts, tls);
    Context context = vertx.getOrCreateContext();
    priorKnowledge =
        new PriorKnowledge(options.getHttp2Config(), this::come, it -> connected(it, options));
    server =
        ListenerOptions.server(
                vertx,
                options,
                proxyHeaders,
                client -> context.runOnContext(here -> ends.ofPlainHttp(client)))
            .connectionHandler(
                it ->
                    ProxyHeader.afterwards(
                        ((ConnectionBase) it).channel(), () -> connected(it, options)))
            .requestHandler(this::come)
            .invalidRequestHandler(this::handleInvalid);
  }

  /**
   * What requests are served by. A reload replaces it as a whole, so that no request sees a part of
   * one configuration and a part of another.
   */
  private record Serving(RuleTable<ProxyGroup> rules, Timeouts timeouts, Limits limits) {}

  private static Serving serving(
      Rules rules, Map<String, ProxyGroup> groups, Timeouts timeouts, Limits limits) {
    return new Serving(
        new RuleTable<>(rules, name -> Objects.requireNonNull(groups.get(name), name)),
        timeouts,
        limits);
  }

  /** Requests in flight end by the time limits that they began with, too. */
  @Override
  public void take(Rules rules, Map<String, ProxyGroup> groups, Timeouts timeouts, Limits limits) {
    serving = serving(rules, groups, timeouts, limits);
    connections.use(limits, timeouts);
    this.groups.use(groups.values());
  }

  @Override
  public void trace(Optional<Tracing> tracing) {
    traces.use(tracing);
  }

  /** Connections that are open keep their certificates. */
  @Override
  public Future<?> take(Tls tls) {
    ServerSSLOptions options =
        ListenerOptions.of(serving.timeouts(), Optional.of(tls)).getSslOptions();
    // Vert.x names them when the listener opens, and not here.
    options.setApplicationLayerProtocols(List.of("h2", "http/1.1"));
    return server.updateSSLOptions(options, true);
  }

  @Override
  public Future<Integer> listen(Address address) {
    return server
        .listen(address.port(), address.host())
        .map(
            listening -> {
              sweeper = vertx.setPeriodic(SWEEP_INTERVAL.toMillis(), timer -> sweep());
              ticker = vertx.setPeriodic(TICK_INTERVAL.toMillis(), timer -> this.groups.tick());
              return listening.actualPort();
            });
  }

  @Override
  public void retire() {
    retiring = true;
  }

  @Override
  public Future<Void> stop(Duration limit) {
    retiring = true;
    draining = true;
    drainLimitNanos = clock.nanoTime() + limit.toNanos();
    return server
        .shutdown(limit)
        .onComplete(
            done -> {
              vertx.cancelTimer(sweeper);
              vertx.cancelTimer(ticker);
            });
  }

  /** Seen from another event loop, as it was a moment ago. */
  @Override
  public int requestsInFlight() {
    return requests.size();
  }

  @Override
  public BalancerSnapshot snapshot() {
    return new BalancerSnapshot(
        1,
        requests.size(),
        0,
        0,
        0,
        0,
        proxyHeaders.refused(),
        connections.use(),
        traffic(),
        ends.counts(),
        PeersSnapshot.OFF,
        groups.snapshots());
  }

  private Traffic traffic() {
    Traffic ofClients = connections.traffic();
    return new Traffic(ofClients.newConnections() + client.opened(), ofClients.bytes());
  }

  private void connected(HttpConnection connection, HttpServerOptions options) {
    connection.exceptionHandler(cause -> {}); // A client's affair; what it ended says why.
    ListenerOptions.limitSilence(((ConnectionBase) connection).channel(), serving.timeouts());
    connections.accept(connection, options);
    if (connection.protocolVersion() != HttpVersion.HTTP_2 && !connection.isSsl()) {
      priorKnowledge.watch(connection);
    }
  }

  /**
   * A request over HTTP/2 is not begun before all is read that came together with it: a client that
   * takes requests back at once would make connections to targets begin and end.
   */
  private void come(HttpServerRequest fromClient) {
    if (!Http2.carries(fromClient)) {
      handle(fromClient, null);
      return;
    }
    Http2Body body = Http2Body.take(fromClient);
    ClientConnection from = ClientConnection.of(fromClient.connection());
    if (connections.overload(from, requests.size() + coming) != null) {
      handle(fromClient, body); // What waits to be begun is in flight too.
      return;
    }
    coming++;
    from.begun();
    from.soon(
        () -> {
          coming--;
          from.ended(connections.nowNanos());
          boolean isThere = !fromClient.response().closed();
          handle(fromClient, body);
          return isThere;
        });
  }

  private void handle(HttpServerRequest fromClient, @Nullable Http2Body body) {
    if (answers.isClosing(fromClient.connection())) {
      return;
    }
    ClientConnection from = ClientConnection.of(fromClient.connection());
    from.used(connections.nowNanos());
    long now = clock.nanoTime();
    if (fromClient.remoteAddress() == null || fromClient.response().closed()) {
      refuse(fromClient, EndReason.CLIENT_LEFT, false, now); // It has reset its connection.
      return;
    }
    EndReason problem = Http2.carries(fromClient) ? Http2.toHttp1(fromClient) : null;
    if (problem == null) {
      problem = RequestCheck.check(fromClient);
    }
    if (problem != null) {
      refuse(fromClient, problem, true, now);
      return;
    }
    seenByRules.look(fromClient);
    Decision<ProxyGroup> decision = serving.rules().decide(seenByRules);
    if (decision instanceof Decision.ForwardTo<ProxyGroup> forward) {
      EndReason overload = connections.overload(from, requests.size());
      if (overload != null) {
        refuse(fromClient, overload, overload == EndReason.CLIENT_SHARE, now);
        return;
      }
      ProxiedRequest request = new ProxiedRequest(this, forward, fromClient, body, now);
      requests.add(request);
      from.begun();
      request.start();
    } else if (decision instanceof Decision.AnswerWith<ProxyGroup> answer) {
      int status = RuleAnswer.send(answers, seenByRules, answer.action());
      ends.withoutGroup(fromClient, answer.rule(), status, null, now);
    } else if (decision instanceof Decision.Refuse<ProxyGroup> refusal) {
      refuse(fromClient, refusal.reason(), refusal.reason() != EndReason.NO_RULE, now);
    }
  }

  /** What the decoder itself refuses. */
  private void handleInvalid(HttpServerRequest fromClient) {
    if (answers.isClosing(fromClient.connection())) {
      return;
    }
    EndReason reason = RequestCheck.decoderProblem(fromClient);
    refuse(fromClient, reason, true, clock.nanoTime());
  }

  /** The end of a request that has no group. */
  private void refuse(
      HttpServerRequest fromClient, EndReason reason, boolean close, long arrivedNanos) {
    boolean sent = reason.kind() != EndReason.Kind.GONE && answers.send(fromClient, reason, close);
    ends.withoutGroup(fromClient, null, sent ? reason.status() : 0, reason, arrivedNanos);
  }

  /** The end of a request that has a group. */
  void ended(ProxiedRequest request, ProxyGroup group, RequestEnd end) {
    requests.remove(request);
    ClientConnection.of(request.fromClient().connection()).ended(connections.nowNanos());
    group.ended(end);
    ends.publish(end);
  }

  private void sweep() {
    long now = clock.nanoTime();
    List.copyOf(requests).forEach(it -> it.checkTime(now));
    answers.resetUnsent(now - serving.timeouts().idle().toNanos());
    connections.sweep();
    groups.sweep();
    ends.tick();
  }

  /** Why the connection of a client ended while its request was on its way. */
  EndReason reasonOfLostClient() {
    return draining && clock.nanoTime() - drainLimitNanos >= 0
        ? EndReason.SHUTDOWN
        : EndReason.CLIENT_LEFT;
  }

  /** The time limits of a request that arrives now. */
  Timeouts timeouts() {
    return serving.timeouts();
  }

  Answers answers() {
    return answers;
  }

  NanoClock clock() {
    return clock;
  }

  RequestEnds ends() {
    return ends;
  }

  ForwardedHeaders forwardedHeaders() {
    return forwardedHeaders;
  }

  int maxHeaders() {
    return serving.limits().headers();
  }

  boolean isRetiring() {
    return retiring;
  }
}
