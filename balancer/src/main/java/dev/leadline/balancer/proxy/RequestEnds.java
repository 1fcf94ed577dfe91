package dev.leadline.balancer.proxy;

import dev.leadline.balancer.observe.BalancerMeter;
import dev.leadline.balancer.observe.Counts;
import dev.leadline.balancer.observe.EndReason;
import dev.leadline.balancer.observe.MatchedRule;
import dev.leadline.balancer.observe.ReasonLog;
import dev.leadline.balancer.observe.RequestEnd;
import dev.leadline.balancer.observe.Trace;
import dev.leadline.routing.clock.NanoClock;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The ends of all requests on an event loop: counts them, and tells those who listen. Not
 * thread-safe.
 */
public final class RequestEnds {

  private final NanoClock clock;
  private final InstantSource wallClock;
  private final TraceParent traces;
  private final List<RequestEnd.Listener> listeners;
  private final BalancerMeter meter = new BalancerMeter();
  private final ReasonLog reasonLog;

  /** Those of connections, which have no traces. */
  public RequestEnds(LoopResources loop) {
    this(loop, new TraceParent(Optional.empty(), loop.random()));
  }

  RequestEnds(LoopResources loop, TraceParent traces) {
    clock = loop.clock();
    wallClock = loop.wallClock();
    listeners = loop.listeners();
    reasonLog = new ReasonLog(clock);
    this.traces = traces;
  }

  /** Counts the end of a request, and tells those who listen. */
  public void publish(RequestEnd end) {
    meter.ended(end);
    reasonLog.ended(end);
    for (int i = 0; i < listeners.size(); i++) {
      listeners.get(i).ended(end);
    }
  }

  /** Publishes the end of a request that was not forwarded to a group. */
  void withoutGroup(
      HttpServerRequest fromClient,
      @Nullable MatchedRule rule,
      int status,
      @Nullable EndReason reason,
      long arrivedNanos) {
    publish(
        new RequestEnd(
            epochMillis(),
            fromClient.remoteAddress(),
            fromClient.method(),
            Http2.uri(fromClient),
            rule,
            null,
            List.of(),
            status,
            reason,
            fromClient.bytesRead(),
            fromClient.response().bytesWritten(),
            arrivedNanos,
            clock.nanoTime(),
            traceOfUnsent(fromClient),
            fromClient));
  }

  /** Publishes the end of a request of which nothing could be read, because it should be TLS. */
  void ofPlainHttp(@Nullable SocketAddress client) {
    EndReason reason = EndReason.PLAIN_HTTP;
    long now = clock.nanoTime();
    publish(
        new RequestEnd(
            epochMillis(),
            client,
            HttpMethod.GET,
            RequestDecoder.UNREADABLE,
            null,
            null,
            List.of(),
            reason.status(),
            reason,
            0,
            0,
            now,
            now,
            null,
            null));
  }

  /** The trace of a request that no target got; null if it is not recorded. */
  @Nullable Trace traceOfUnsent(HttpServerRequest fromClient) {
    return traces.traceOfUnsent(fromClient.headers());
  }

  /** The date of now, for a request that ends. */
  public long epochMillis() {
    return wallClock.millis();
  }

  /** How many requests have ended, and how. */
  public Counts counts() {
    return meter.counts();
  }

  /** To be called now and then: what the log has left out is said later. */
  public void tick() {
    reasonLog.tick();
  }
}
