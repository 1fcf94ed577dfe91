package dev.leadline.balancer.proxy;

import dev.leadline.balancer.config.BalancerConfig.Connections;
import dev.leadline.balancer.config.TargetWire;
import dev.leadline.balancer.connect.Http1TargetConnection;
import dev.leadline.balancer.connect.TargetClient;
import dev.leadline.balancer.connect.TargetConnection;
import dev.leadline.balancer.connect.TargetConnection.InterimListener;
import dev.leadline.routing.clock.NanoClock;
import dev.leadline.routing.target.Target;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;

/**
 * The keep-alive connections to a target that speaks HTTP/1.1. The most recently used idle one is
 * taken first, so that the others may grow old and be closed. Not thread-safe.
 *
 * <p>Our own and not Vert.x's pool because a retry has to be able to ask for a fresh connection,
 * and for its cost on the data path.
 */
final class Http1Connections extends TargetConnections {

  private static final RequestOptions OPTIONS = new RequestOptions();

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
    public Future<HttpClientRequest> request() {
      return connection.request(OPTIONS);
    }

    @Override
    public void listenTo(InterimListener listener) {
      connection.listenTo(listener);
    }

    @Override
    public void prepare(HttpServerRequest fromClient, HttpClientRequest request, MultiMap headers) {
      // They are as HTTP/1.1 has them.
    }

    @Override
    public boolean hasAnswerBegun() {
      return connection.hasAnswerBegun();
    }

    @Override
    public boolean isReused() {
      return reused;
    }

    @Override
    public boolean isUnprocessed() {
      return false; // HTTP/1.1 has no way to say so.
    }

    @Override
    public boolean isHeadOnly() {
      return false; // The headers say what comes.
    }

    @Override
    public ReadGate gate() {
      return TargetGate.of(connection.http());
    }

    @Override
    public void complete(HttpClientResponse answer, boolean sent, boolean usual) {
      if (usual
          && answer.version() == HttpVersion.HTTP_1_1
          && !answer.headers().contains(HttpHeaders.CONNECTION, HttpHeaders.CLOSE, true)) {
        release();
      } else {
        connection.close();
      }
    }

    @Override
    public void release() {
      if (!open) {
        return;
      }
      if (connection.hasSurplus() || retired) {
        connection.close();
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

    @Override
    public void reset() {
      TargetGate.reset(connection.http());
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
