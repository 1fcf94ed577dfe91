package dev.leadline.balancer.proxy;

import dev.leadline.balancer.config.BalancerConfig.Timeouts;
import dev.leadline.balancer.config.Limits;
import dev.leadline.balancer.connect.DeferredClose;
import dev.leadline.balancer.connect.ReadTurns;
import dev.leadline.balancer.observe.EndReason;
import dev.leadline.balancer.observe.LimitUse;
import dev.leadline.balancer.observe.Traffic;
import dev.leadline.balancer.proxy.ClientConnection.Client;
import dev.leadline.routing.clock.NanoClock;
import io.netty.channel.ChannelOption;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.impl.http1.Http1ServerConnection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The connections of clients to one event loop: what they may hold, and for how long. Not
 * thread-safe.
 */
final class ClientConnections {

  /** So many connections above its share of an address are kept, to tell it so. */
  private static final int MOST_ABOVE_SHARE = 100;

  private final int loops;
  private Limits allLoops;
  private Limits limits;
  private Timeouts timeouts;
  private final NanoClock clock;
  private final Set<ClientConnection> open = new LinkedHashSet<>();
  private final LinkedQueue<UnfinishedHead> heads = new LinkedQueue<>();
  private final Map<String, ClientConnection.Client> clients = new HashMap<>();
  private final ReadTurns turns = new ReadTurns();
  private final ByteCount bytes = new ByteCount();
  private long accepted;
  private @Nullable AcceptLimit listener;
  private long headBytes;
  private long headsDropped;
  private long lateHeads;
  private long nowNanos;

  /**
   * @param limits those of all loops together
   * @param loops how many they are
   */
  ClientConnections(Limits limits, int loops, Timeouts timeouts, NanoClock clock) {
    this.loops = loops;
    allLoops = limits;
    this.limits = limits.sharedBy(loops);
    this.timeouts = timeouts;
    this.clock = clock;
    nowNanos = clock.nanoTime();
  }

  /**
   * From now on these limits, of all loops together, and times hold; how many headers a request may
   * have, for connections that are new.
   */
  void use(Limits changedLimits, Timeouts changedTimeouts) {
    allLoops = changedLimits;
    limits = changedLimits.sharedBy(loops);
    timeouts = changedTimeouts;
  }

  /** Takes a new connection in, or one whose protocol has changed. */
  void accept(HttpConnection connection, HttpServerOptions options) {
    if (!ClientConnection.isContinued(connection)) {
      open(connection);
    }
    if (connection instanceof Http1ServerConnection http1) {
      // A client that has sent its request may end its side and still wait for the answer.
      http1.channel().config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
      new GatedDecoder(http1, options, limits.headers(), this).install(http1);
    } else {
      FrameWatch.of(connection).use(this);
      Http2Body.provideFor(connection);
      ReadWhileWritable.install(connection);
    }
  }

  private void open(HttpConnection http) {
    Client client =
        clients.computeIfAbsent(ClientConnection.address(http), address -> new Client(address));
    client.connections++;
    accepted++;
    ClientConnection connection = new ClientConnection(http, client, nowNanos);
    int above = client.connections - limits.connectionsOfClient();
    if (above > 0) {
      connection.aboveShare();
    }
    open.add(connection);
    connection.channel().pipeline().addFirst(new DeferredClose(), bytes, turns);
    connection.channel().closeFuture().addListener(closed -> closed(connection));
    if (above > MOST_ABOVE_SHARE) {
      var unused = connection.channel().close();
    }
    listener = AcceptLimit.set(connection.channel(), allLoops.connections());
  }

  private void closed(ClientConnection connection) {
    open.remove(connection);
    Client client = connection.client();
    if (--client.connections == 0) {
      clients.remove(client.address);
    }
  }

  /** Which limit stands against one more request on this connection, or null. */
  @Nullable EndReason overload(ClientConnection connection, int requests) {
    if (requests >= limits.requests()) {
      return EndReason.TOO_MANY_REQUESTS;
    }
    return connection.isAboveShare() || connection.client().requests >= limits.requestsOfClient()
        ? EndReason.CLIENT_SHARE
        : null;
  }

  /**
   * An unfinished head has grown, or is finished and has no bytes any more. Above the budget the
   * oldest ones are given up: their clients had the most time.
   */
  void unfinishedHead(UnfinishedHead head, int bytesBefore) {
    headBytes += head.bytes() - bytesBefore;
    if (head.bytes() == 0) {
      heads.remove(head);
    } else if (bytesBefore == 0) {
      heads.addLast(head);
    }
    UnfinishedHead oldest = heads.first();
    while (oldest != null && headBytes > limits.headMemoryBytes()) {
      headsDropped++;
      heads.remove(oldest);
      headBytes -= oldest.giveUp();
      oldest = heads.first();
    }
  }

  /** Most requests in flight on this loop, and answers that wait for their clients. */
  int mostRequests() {
    return limits.requests();
  }

  /** What of the limits is used. */
  LimitUse use() {
    AcceptLimit all = listener;
    return new LimitUse(
        all == null ? open.size() : all.open(),
        clients.values().stream().mapToInt(it -> it.connections).max().orElse(0),
        headBytes,
        headsDropped,
        lateHeads);
  }

  /** What came and went over all connections so far. */
  Traffic traffic() {
    return new Traffic(accepted, bytes.bytes());
  }

  /** Time of the last sweep: exact enough for what takes seconds, and costs a request nothing. */
  long nowNanos() {
    return nowNanos;
  }

  /**
   * Closes connections that were idle, or not ready with a head, for too long, and those whose
   * client has left while they were not read.
   */
  void sweep() {
    nowNanos = clock.nanoTime();
    UnfinishedHead oldest = heads.first();
    while (oldest != null && nowNanos - oldest.sinceNanos() >= timeouts.clientHead().toNanos()) {
      heads.remove(oldest);
      if (oldest.refuseLate()) {
        lateHeads++;
      }
      oldest = heads.first();
    }
    long idleNanos = timeouts.clientIdle().toNanos();
    List.copyOf(open).forEach(it -> it.sweep(nowNanos, idleNanos));
  }
}
