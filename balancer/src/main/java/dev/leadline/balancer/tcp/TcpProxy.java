package dev.leadline.balancer.tcp;

import dev.leadline.balancer.config.BalancerConfig.Address;
import dev.leadline.balancer.config.BalancerConfig.Timeouts;
import dev.leadline.balancer.config.Limits;
import dev.leadline.balancer.config.TargetWire;
import dev.leadline.balancer.connect.DeferredClose;
import dev.leadline.balancer.connect.ReadTurns;
import dev.leadline.balancer.connect.TargetClient;
import dev.leadline.balancer.observe.BalancerSnapshot;
import dev.leadline.balancer.observe.EndReason;
import dev.leadline.balancer.observe.LimitUse;
import dev.leadline.balancer.observe.PeersSnapshot;
import dev.leadline.balancer.observe.RequestEnd;
import dev.leadline.balancer.observe.Traffic;
import dev.leadline.balancer.proxy.AcceptLimit;
import dev.leadline.balancer.proxy.Front;
import dev.leadline.balancer.proxy.LoopResources;
import dev.leadline.balancer.proxy.ProxyGroup;
import dev.leadline.balancer.proxy.ProxyHeader;
import dev.leadline.balancer.proxy.ProxyHeaders;
import dev.leadline.balancer.proxy.RequestEnds;
import dev.leadline.balancer.proxy.ServedGroups;
import dev.leadline.balancer.rules.Action.Forward;
import dev.leadline.balancer.rules.Rules;
import dev.leadline.routing.clock.NanoClock;
import dev.leadline.routing.target.Target;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.NetUtil;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnectOptions;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.impl.ConnectionBase;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The listener that passes connections on as they are. Everything of it runs on one event loop; a
 * balancer with several has one for each.
 */
@SuppressWarnings("FutureReturnValueIgnored") // A close that fails leaves nothing to do.
public final class TcpProxy implements Front {

  private static final Duration SWEEP_INTERVAL = Duration.ofMillis(500);
  private static final Duration TICK_INTERVAL = Duration.ofMillis(50);

  private final Vertx vertx;
  private final int loops;
  private final NanoClock clock;
  private final TargetClient client;
  private final RequestEnds ends;
  private final ReadTurns turns = new ReadTurns();
  private final TcpListener listener;
  private final ContextInternal context;
  private final ProxyHeaders proxyHeaders;
  private final ServedGroups groups;
  private final ChannelGroup open;
  private final Set<TcpConnection> connections = new LinkedHashSet<>();
  private final Set<TcpConnection> withoutClient = new HashSet<>();
  private final Map<InetAddress, Integer> byClient = new HashMap<>();
  private final Map<Target, HttpConnectOptions> addresses = new HashMap<>();
  private ProxyGroup group;
  private Timeouts timeouts;
  private Limits allLoops;
  private Limits limits;
  private @Nullable AcceptLimit acceptLimit;
  private @Nullable Promise<Void> stopped;
  private long accepted;
  private long bytesOfEnded;
  private long sweeper = -1;
  private long ticker = -1;

  /**
   * Makes one that does not listen yet, for the event loop that it is made on.
   *
   * @param listener of all loops
   * @param rules their default action names the group of all connections
   * @param groups the groups by name; that one is among them
   * @param proxyHeaders what connections of clients begin with
   */
  public TcpProxy(
      LoopResources loop,
      TcpListener listener,
      Rules rules,
      Map<String, ProxyGroup> groups,
      Timeouts timeouts,
      Limits limits,
      ProxyHeaders proxyHeaders) {
    vertx = loop.vertx();
    loops = loop.loops();
    clock = loop.clock();
    client = loop.client();
    ends = new RequestEnds(loop);
    this.proxyHeaders = proxyHeaders;
    this.groups = new ServedGroups(groups.values());
    this.timeouts = timeouts;
    allLoops = limits;
    this.limits = limits.sharedBy(loops);
    group = groupOf(rules, groups);
    this.listener = listener;
    context = ((ContextInternal) vertx.getOrCreateContext()).unwrap();
    open = new DefaultChannelGroup(context.nettyEventLoop());
  }

  private static ProxyGroup groupOf(Rules rules, Map<String, ProxyGroup> groups) {
    if (!(rules.fallback() instanceof Forward forward)) {
      throw new IllegalArgumentException("no default action that forwards");
    }
    return Objects.requireNonNull(groups.get(forward.groups().get(0).group()));
  }

  @Override
  public void take(
      Rules rules,
      Map<String, ProxyGroup> changed,
      Timeouts changedTimeouts,
      Limits changedLimits) {
    group = groupOf(rules, changed);
    groups.use(changed.values());
    timeouts = changedTimeouts;
    allLoops = changedLimits;
    limits = changedLimits.sharedBy(loops);
    addresses.clear();
  }

  @Override
  public Future<Integer> listen(Address address) {
    return listener
        .serve(context, address, proxyHeaders, this::accept)
        .onSuccess(
            port -> {
              sweeper = vertx.setPeriodic(SWEEP_INTERVAL.toMillis(), timer -> sweep());
              ticker = vertx.setPeriodic(TICK_INTERVAL.toMillis(), timer -> groups.tick());
            });
  }

  @Override
  public Future<Void> stop(Duration limit) {
    listener.leave(context);
    Promise<Void> promise = context.promise();
    stopped = promise;
    long timer =
        vertx.setTimer(
            Math.max(1, limit.toMillis()),
            over -> {
              List.copyOf(connections).forEach(it -> it.reset(EndReason.SHUTDOWN));
              open.close(); // Those that have not said yet who their client is.
            });
    open.newCloseFuture().addListener(closed -> stopIfOver());
    return promise
        .future()
        .onComplete(
            over -> {
              vertx.cancelTimer(timer);
              vertx.cancelTimer(sweeper);
              vertx.cancelTimer(ticker);
            });
  }

  /** A client's connection may be closed while a target still gets what it sent. */
  private void stopIfOver() {
    if (stopped != null && open.isEmpty() && connections.isEmpty()) {
      stopped.tryComplete();
    }
  }

  private void accept(Channel channel) {
    if (stopped != null) {
      channel.close();
      return;
    }
    open.add(channel);
    accepted++;
    acceptLimit = AcceptLimit.set(channel, allLoops.connections());
    channel.pipeline().addFirst(new DeferredClose(), turns);
    Relay.readInLargeParts(channel);
    ProxyHeader.afterwards(channel, () -> begin(channel));
  }

  private void begin(Channel channel) {
    InetSocketAddress from = address(channel, true);
    InetSocketAddress to = address(channel, false);
    if (from == null || to == null) {
      channel.close(); // It has gone already.
      return;
    }
    InetAddress host = from.getAddress();
    if (byClient.getOrDefault(host, 0) >= limits.connectionsOfClient()) {
      refuse(channel, from);
      return;
    }
    byClient.merge(host, 1, Integer::sum);
    TcpConnection connection = new TcpConnection(this, group, channel, from, to);
    connections.add(connection);
    channel.closeFuture().addListener(closed -> clientLeft(connection));
    connection.start();
  }

  /** What it sent is held until the target has got it, and counts until then. */
  private void clientLeft(TcpConnection connection) {
    if (acceptLimit != null && connections.contains(connection)) {
      acceptLimit.hold();
      withoutClient.add(connection);
    }
  }

  private static @Nullable Integer oneLess(InetAddress host, int open) {
    return open == 1 ? null : open - 1;
  }

  private void refuse(Channel channel, InetSocketAddress from) {
    channel.config().setOption(ChannelOption.SO_LINGER, 0);
    channel.close();
    long now = clock.nanoTime();
    ends.publish(
        new RequestEnd(
            ends.epochMillis(),
            named(from),
            RequestEnd.CONNECTION,
            "-",
            null,
            null,
            List.of(),
            0,
            EndReason.CLIENT_SHARE,
            0,
            0,
            now,
            now,
            null,
            null));
  }

  /** Of the client as a PROXY header says, or as the socket does; null: the connection has gone. */
  private static @Nullable InetSocketAddress address(Channel channel, boolean ofClient) {
    SocketAddress named =
        channel
            .attr(
                ofClient
                    ? ConnectionBase.REMOTE_ADDRESS_OVERRIDE
                    : ConnectionBase.LOCAL_ADDRESS_OVERRIDE)
            .get();
    if (named != null) {
      return new InetSocketAddress(named.hostAddress(), named.port());
    }
    return (InetSocketAddress) (ofClient ? channel.remoteAddress() : channel.localAddress());
  }

  /** As logs have it: an IPv6 address in its short form. */
  static SocketAddress named(InetSocketAddress address) {
    return address.getAddress() instanceof Inet6Address v6
        ? SocketAddress.inetSocketAddress(address.getPort(), NetUtil.toAddressString(v6))
        : SocketAddress.inetSocketAddress(address);
  }

  /** Opens a connection to a target, for this one of a client. */
  Future<Channel> connect(Target target, Channel from) {
    return client.connectSocketFor(
        from, addresses.computeIfAbsent(target, it -> client.addressOf(it, TargetWire.PLAIN)));
  }

  /** The end of a connection that had a group. */
  void ended(TcpConnection connection, ProxyGroup of, RequestEnd end) {
    connections.remove(connection);
    byClient.computeIfPresent(connection.client().getAddress(), TcpProxy::oneLess);
    if (withoutClient.remove(connection) && acceptLimit != null) {
      acceptLimit.release();
    }
    bytesOfEnded += connection.bytes();
    of.ended(end);
    ends.publish(end);
    stopIfOver();
  }

  private void sweep() {
    long now = clock.nanoTime();
    long idle = timeouts.tcpIdle().toNanos();
    long drain = timeouts.tcpDrain().toNanos();
    List.copyOf(connections).forEach(it -> it.sweep(now, idle, drain, groups));
    groups.sweep();
    ends.tick();
  }

  @Override
  public int requestsInFlight() {
    return connections.size();
  }

  @Override
  public BalancerSnapshot snapshot() {
    AcceptLimit all = acceptLimit;
    long bytes = bytesOfEnded + connections.stream().mapToLong(TcpConnection::bytes).sum();
    return new BalancerSnapshot(
        1,
        connections.size(),
        0,
        0,
        0,
        0,
        proxyHeaders.refused(),
        new LimitUse(
            all == null ? 0 : all.open(),
            byClient.values().stream().mapToInt(Integer::intValue).max().orElse(0),
            0,
            0,
            0),
        new Traffic(accepted + client.opened(), bytes),
        ends.counts(),
        PeersSnapshot.OFF,
        groups.snapshots());
  }

  NanoClock clock() {
    return clock;
  }

  RequestEnds ends() {
    return ends;
  }
}
