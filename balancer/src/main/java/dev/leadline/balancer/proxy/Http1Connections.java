package dev.leadline.balancer.proxy;

import dev.leadline.balancer.config.BalancerConfig.Connections;
import dev.leadline.balancer.config.TargetWire;
import dev.leadline.balancer.connect.Http1TargetConnection;
import dev.leadline.balancer.connect.TargetClient;
import dev.leadline.balancer.connect.TargetConnection;
import dev.leadline.balancer.connect.TargetRequest;
import dev.leadline.routing.clock.NanoClock;
import dev.leadline.routing.target.Target;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;

/**
 * The keep-alive connections to a target that speaks HTTP/1.1. The most recently used idle one is
 * taken first, so that the others may grow old and be closed. Not thread-safe.
 *
 * <p>Our own and not Vert.x's pool because a retry has to be able to ask for a fresh connection,
 * and for its cost on the data path.
 */
final class Http1Connections extends TargetConnections {

  /** A connection with what the pool knows of it. */
  private final class PooledConnection extends LinkedQueue.Element<PooledConnection>
      implements Lease {
    private final Http1TargetConnection connection;
    private long idleSinceNanos;
    private boolean reused;
    private boolean open = true;

    PooledConnection(TargetConnection connection) {
      this.connection = (Http1TargetConnection) connection;
      connection.onClose(
          () -> {
            open = false;
            idle.remove(this);
            forget();
          });
    }

    @Override
    public void begin(TargetRequest.Listener listener) {
      connection.begin(listener);
    }

    @Override
    public void prepare(HttpServerRequest fromClient, MultiMap headers) {
      // They are as HTTP/1.1 has them.
    }

    @Override
    public boolean isReused() {
      return reused;
    }

    @Override
    public void release(boolean reusable) {
      if (!open) {
        return;
      }
      if (retired || !reusable || !connection.isReusable()) {
        connection.close();
        return;
      }
      reused = true;
      Taker next = waiting.removeFirst();
      if (next != null) {
        next.connected(this);
      } else {
        idleSinceNanos = clock.nanoTime();
        idle.addFirst(this);
      }
    }
  }

  private final LinkedQueue<PooledConnection> idle = new LinkedQueue<>();
  private int connections;

  Http1Connections(
      TargetClient client, Target target, TargetWire wire, Connections limits, NanoClock clock) {
    super(client, target, wire, limits, clock);
  }

  @Override
  void take(Taker taker) {
    PooledConnection first = idle.removeFirst();
    while (first != null && !first.connection.isReusable()) {
      first = idle.removeFirst(); // It is about to be closed.
    }
    if (first != null) {
      taker.connected(first);
    } else {
      takeFresh(taker);
    }
  }

  @Override
  void takeFresh(Taker taker) {
    if (connections < limits.perTarget()) {
      connect(taker);
    } else {
      waiting.addLast(taker);
    }
  }

  @Override
  void closeIdle() {
    long now = clock.nanoTime();
    PooledConnection oldest = idle.last();
    while (oldest != null && now - oldest.idleSinceNanos >= limits.keepAlive().toNanos()) {
      idle.remove(oldest);
      oldest.connection.close();
      oldest = idle.last();
    }
  }

  @Override
  void closeAllIdle() {
    for (PooledConnection next = idle.removeFirst(); next != null; next = idle.removeFirst()) {
      next.connection.close();
    }
  }

  @Override
  int size() {
    return connections;
  }

  private void connect(Taker taker) {
    connections++;
    client
        .connect(address)
        .onComplete(
            connection -> taker.connected(new PooledConnection(connection)),
            cause -> {
              forget();
              taker.connectFailed(cause);
            });
  }

  private void forget() {
    connections--;
    Taker next = waiting.removeFirst();
    if (next != null) {
      connect(next);
    }
  }
}
