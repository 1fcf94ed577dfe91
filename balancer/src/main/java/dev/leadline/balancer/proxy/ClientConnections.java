package dev.leadline.balancer.proxy;

import dev.leadline.balancer.config.BalancerConfig.Timeouts;
import dev.leadline.balancer.config.Limits;
import dev.leadline.balancer.observe.LimitUse;
import dev.leadline.routing.clock.NanoClock;
import io.netty.channel.ChannelOption;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.impl.http1.Http1ServerConnection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The HTTP/1 connections of clients to one event loop: what they may hold, and for how long. Not
 * thread-safe.
 */
final class ClientConnections {

  private final int loops;
  private Limits allLoops;
  private Limits limits;
  private Timeouts timeouts;
  private final NanoClock clock;
  private final Set<GatedDecoder> open = new LinkedHashSet<>();
  private final LinkedQueue<GatedDecoder.UnfinishedHead> heads = new LinkedQueue<>();
  private final Map<String, Integer> clients = new HashMap<>();
  private int aboveShare;
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

  /** Takes a new connection in, and puts a decoder of ours into it. */
  void accept(Http1ServerConnection connection, HttpServerOptions options) {
    AcceptLimit.set(connection.channel(), allLoops.connections());
    // A client that has sent its request may end its side and still wait for the answer.
    connection.channel().config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    new GatedDecoder(connection, options, limits.headers(), this).install(connection);
  }

  void opened(GatedDecoder decoder) {
    open.add(decoder);
    if (clients.merge(decoder.client(), 1, Integer::sum) > limits.connectionsOfClient()) {
      aboveShare++;
      decoder.aboveShare();
    }
  }

  void closed(GatedDecoder decoder) {
    if (open.remove(decoder)) {
      clients.computeIfPresent(decoder.client(), (client, count) -> count > 1 ? count - 1 : null);
      aboveShare -= decoder.isAboveShare() ? 1 : 0;
    }
  }

  /** Whether a request on this connection is refused because its client has too many of them. */
  boolean isAboveShare(HttpConnection connection) {
    return aboveShare > 0
        && GatedDecoder.of(connection) instanceof GatedDecoder decoder
        && decoder.isAboveShare();
  }

  /**
   * An unfinished head has grown, or is finished and has no bytes any more. Above the budget the
   * oldest ones are given up: their clients had the most time.
   */
  void unfinishedHead(GatedDecoder.UnfinishedHead head, int bytesBefore) {
    headBytes += head.bytes() - bytesBefore;
    if (head.bytes() == 0) {
      heads.remove(head);
    } else if (bytesBefore == 0) {
      heads.addLast(head);
    }
    GatedDecoder.UnfinishedHead oldest = heads.first();
    while (oldest != null && headBytes > limits.headMemoryBytes()) {
      headsDropped++;
      heads.remove(oldest);
      oldest.decoder().close();
      oldest = heads.first();
    }
  }

  /** Most requests in flight on this loop. */
  int mostRequests() {
    return limits.requests();
  }

  /** What of the limits is used. */
  LimitUse use() {
    return new LimitUse(open.size(), headBytes, headsDropped, lateHeads);
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
    GatedDecoder.UnfinishedHead oldest = heads.first();
    while (oldest != null && nowNanos - oldest.sinceNanos() >= timeouts.clientHead().toNanos()) {
      heads.remove(oldest);
      lateHeads++;
      oldest.decoder().refuseLateHead();
      oldest = heads.first();
    }
    List<GatedDecoder> idle = new ArrayList<>();
    for (GatedDecoder decoder : open) {
      decoder.lookForEnd();
      if (decoder.isIdle()
          && nowNanos - decoder.quietSinceNanos() >= timeouts.clientIdle().toNanos()) {
        idle.add(decoder);
      }
    }
    idle.forEach(GatedDecoder::close);
  }
}
