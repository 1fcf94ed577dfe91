package dev.leadline.balancer.proxy;

import dev.leadline.balancer.config.BalancerConfig.Connections;
import dev.leadline.balancer.config.TargetWire;
import dev.leadline.balancer.config.TargetWire.Protocol;
import dev.leadline.balancer.connect.Http2TargetConnection;
import dev.leadline.balancer.connect.TargetClient;
import dev.leadline.balancer.connect.TargetConnection;
import dev.leadline.balancer.connect.TargetRequest;
import dev.leadline.routing.clock.NanoClock;
import dev.leadline.routing.target.Target;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The connections to a target that speaks HTTP/2. A request goes on the first that has room, so
 * that the others may grow old and be closed; another is opened when none has. Not thread-safe.
 */
final class Http2Connections extends TargetConnections {

  private final List<Shared> open = new ArrayList<>();
  private int connecting;

  Http2Connections(
      TargetClient client, Target target, TargetWire wire, Connections limits, NanoClock clock) {
    super(client, target, wire, limits, clock);
  }

  /** A connection with the requests on it. */
  private final class Shared {
    private final Http2TargetConnection connection;
    private int streams;
    private boolean used;
    private long idleSinceNanos = clock.nanoTime();

    Shared(Http2TargetConnection connection) {
      this.connection = connection;
      connection.onClose(this::closed);
      connection.onChange(this::changed);
    }

    boolean hasRoom() {
      int busy = Math.max(streams, connection.streams());
      return busy < connection.mostStreams() && !connection.isGoingAway();
    }

    Lease lease() {
      Stream lease = new Stream(this, wire.protocol() == Protocol.GRPC, used);
      used = true;
      streams++;
      return lease;
    }

    void ended() {
      streams--;
      idleSinceNanos = clock.nanoTime();
      connection.soon(this::changed);
    }

    private void changed() {
      if (streams == 0 && connection.isGoingAway()) {
        connection.close();
        return;
      }
      serveWaiting(); // A retired pool too serves the requests that it has.
      if (streams == 0 && retired) {
        connection.close();
      }
    }

    private void closed() {
      open.remove(this);
      if (!used) {
        // The next one would hardly last longer.
        failWaiting(new IOException("the target closed a connection that was not used yet"));
      }
      serveWaiting();
    }
  }

  /** One request on a shared connection. */
  private static final class Stream implements Lease {
    private final Shared shared;
    private final boolean grpc;
    private final boolean reused;
    private boolean over;

    Stream(Shared shared, boolean grpc, boolean reused) {
      this.shared = shared;
      this.grpc = grpc;
      this.reused = reused;
    }

    @Override
    public void begin(TargetRequest.Listener listener) {
      shared.connection.begin(listener);
    }

    @Override
    public void prepare(HttpServerRequest fromClient, MultiMap headers) {
      Http2.prepare(fromClient, grpc, headers);
    }

    @Override
    public boolean isReused() {
      return reused;
    }

    @Override
    public void release(boolean reusable) {
      if (!over) {
        over = true;
        shared.ended();
      }
    }
  }

  @Override
  void take(Taker taker) {
    waiting.addLast(taker);
    serveWaiting();
  }

  @Override
  void takeFresh(Taker taker) {
    take(taker); // A connection that is about to close has no room.
  }

  private void serveWaiting() {
    Shared room = withRoom();
    while (room != null) {
      Taker next = waiting.removeFirst();
      if (next == null) {
        return;
      }
      next.connected(room.lease());
      room = withRoom();
    }
    while (waiting.size() > connecting * Http2TargetConnection.MOST_STREAMS
        && size() < limits.perTarget()
        && !isAnyUnused()) {
      connect();
    }
  }

  private @Nullable Shared withRoom() {
    for (int i = 0; i < open.size(); i++) {
      if (open.get(i).hasRoom()) {
        return open.get(i);
      }
    }
    return null;
  }

  /** Whether a connection has no request and yet no room: then another one has none either. */
  private boolean isAnyUnused() {
    return open.stream().anyMatch(it -> it.streams == 0 && !it.connection.isGoingAway());
  }

  private void connect() {
    connecting++;
    client.connect(address).onComplete(this::connected, this::connectFailed);
  }

  private void connected(TargetConnection opened) {
    connecting--;
    Shared shared = new Shared((Http2TargetConnection) opened);
    open.add(shared);
    shared.changed();
  }

  private void connectFailed(Throwable cause) {
    connecting--;
    failWaiting(cause);
  }

  /** Where there is no connection at all, none of those who wait will get one soon. */
  private void failWaiting(Throwable cause) {
    int failing = open.isEmpty() && connecting == 0 ? waiting.size() : 1;
    for (int i = 0; i < failing; i++) {
      Taker next = waiting.removeFirst();
      if (next != null) {
        next.connectFailed(cause);
      }
    }
  }

  @Override
  void closeIdle() {
    closeIdleSince(clock.nanoTime() - limits.keepAlive().toNanos());
  }

  @Override
  void closeAllIdle() {
    closeIdleSince(clock.nanoTime());
  }

  private void closeIdleSince(long nanos) {
    for (Shared each : List.copyOf(open)) {
      if (each.streams == 0 && each.idleSinceNanos - nanos <= 0) {
        each.connection.close();
      }
    }
  }

  @Override
  int size() {
    return open.size() + connecting;
  }
}
