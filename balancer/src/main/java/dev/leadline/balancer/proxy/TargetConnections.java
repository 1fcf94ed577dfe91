package dev.leadline.balancer.proxy;

import dev.leadline.balancer.config.BalancerConfig.Connections;
import dev.leadline.balancer.config.TargetWire;
import dev.leadline.balancer.connect.TargetClient;
import dev.leadline.balancer.connect.TargetConnection;
import dev.leadline.routing.clock.NanoClock;
import dev.leadline.routing.target.Target;
import io.vertx.core.http.HttpConnectOptions;

/**
 * The keep-alive connections to one target. The most recently used idle one is taken first, so that
 * the others may grow old and be closed. Above the limit requests wait, first come first served;
 * they do not fail. Not thread-safe.
 *
 * <p>Our own and not Vert.x's pool because a retry has to be able to ask for a fresh connection,
 * and for its cost on the data path.
 */
final class TargetConnections {

  /** Somebody who wants a connection. Gets exactly one answer, unless it withdraws. */
  abstract static class Taker extends LinkedQueue.Element<Taker> {
    /** Here is one; give it back or close it. */
    abstract void connected(PooledConnection connection);

    /** The target could not be reached. */
    abstract void connectFailed(Throwable cause);
  }

  /** A connection with what the pool knows of it. */
  final class PooledConnection extends LinkedQueue.Element<PooledConnection> {
    private final TargetConnection connection;
    private long idleSinceNanos;
    private boolean reused;
    private boolean open = true;

    PooledConnection(TargetConnection connection) {
      this.connection = connection;
      connection
          .http()
          .closeHandler(
              closed -> {
                open = false;
                idle.remove(this);
                forget();
              });
    }

    TargetConnection wire() {
      return connection;
    }

    /** Whether it served a request before: the target may have closed it in the meantime. */
    boolean isReused() {
      return reused;
    }

    /** Gives it back for the next request. */
    void release() {
      if (!open) {
        return;
      }
      if (connection.hasSurplus() || retired) {
        close();
        return;
      }
      connection.listenTo(null);
      reused = true;
      Taker next = waiting.removeFirst();
      if (next != null) {
        next.connected(this);
      } else {
        idleSinceNanos = clock.nanoTime();
        idle.addFirst(this);
      }
    }

    /** Resets it, with whatever is going on there. */
    void reset() {
      TargetGate.reset(connection.http());
    }

    /** Closes it, with whatever is going on there. */
    void close() {
      connection.close();
    }
  }

  private TargetClient client;
  private final Target target;
  private final TargetWire wire;
  private HttpConnectOptions address;
  private Connections limits;
  private final NanoClock clock;
  private final LinkedQueue<PooledConnection> idle = new LinkedQueue<>();
  private final LinkedQueue<Taker> waiting = new LinkedQueue<>();
  private int connections;
  private boolean retired;

  TargetConnections(
      TargetClient client, Target target, TargetWire wire, Connections limits, NanoClock clock) {
    this.client = client;
    this.limits = limits;
    this.clock = clock;
    this.target = target;
    this.wire = wire;
    address = client.addressOf(target, wire);
  }

  /** From now on new connections are opened by this client, within these limits. */
  void use(TargetClient changedClient, Connections changedLimits) {
    client = changedClient;
    limits = changedLimits;
    address = client.addressOf(target, wire);
  }

  /** Others take its place: each connection is closed as soon as no request uses it. */
  void retire() {
    retired = true;
    closeAllIdle();
  }

  /** Asks for a connection: an idle one, a new one, or the first that comes back. */
  void take(Taker taker) {
    PooledConnection first = idle.removeFirst();
    if (first != null) {
      taker.connected(first);
    } else {
      takeFresh(taker);
    }
  }

  /** Asks for a connection that no request has used before, as far as the limit lets it. */
  void takeFresh(Taker taker) {
    if (connections < limits.perTarget()) {
      connect(taker);
    } else {
      waiting.addLast(taker);
    }
  }

  /** Takes back a request for a connection that may still be waiting. */
  void withdraw(Taker taker) {
    waiting.remove(taker);
  }

  /** Closes connections that have been idle for too long. To be called now and then. */
  void closeIdle() {
    long now = clock.nanoTime();
    PooledConnection oldest = idle.last();
    while (oldest != null && now - oldest.idleSinceNanos >= limits.keepAlive().toNanos()) {
      idle.remove(oldest);
      oldest.close();
      oldest = idle.last();
    }
  }

  /** Closes every connection that is idle. */
  void closeAllIdle() {
    for (PooledConnection next = idle.removeFirst(); next != null; next = idle.removeFirst()) {
      next.close();
    }
  }

  /** Connections there are, idle, busy and about to be. */
  int size() {
    return connections;
  }

  /** Requests that wait for a connection. */
  int waiting() {
    return waiting.size();
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
