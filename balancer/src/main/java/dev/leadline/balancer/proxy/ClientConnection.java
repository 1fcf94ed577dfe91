package dev.leadline.balancer.proxy;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.impl.ConnectionBase;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * A connection of a client, whatever is spoken on it, and the part of the limits that it uses. Not
 * thread-safe: it belongs to the event loop.
 */
final class ClientConnection {

  /** What the connections of one address hold together. */
  static final class Client {
    final String address;
    int connections;
    int requests;

    Client(String address) {
      this.address = address;
    }
  }

  /** So many requests of a connection are passed on in one turn of the event loop. */
  private static final int MOST_IN_TURN = 10;

  private static final AttributeKey<ClientConnection> KEY =
      AttributeKey.valueOf(ClientConnection.class, "of");

  private HttpConnection http;
  private final Client client;
  private boolean aboveShare;
  private final Queue<BooleanSupplier> coming = new ArrayDeque<>(0);
  private int requests;
  private long usedNanos;

  ClientConnection(HttpConnection http, Client client, long nowNanos) {
    this.http = http;
    this.client = client;
    usedNanos = nowNanos;
    channel(http).attr(KEY).set(this);
  }

  /** The one that requests of this connection come on. */
  static ClientConnection of(HttpConnection connection) {
    return channel(connection).attr(KEY).get();
  }

  /** Takes over a connection whose protocol has changed; whether it is a known one. */
  static boolean isContinued(HttpConnection connection) {
    ClientConnection known = channel(connection).attr(KEY).get();
    if (known != null) {
      known.http = connection;
    }
    return known != null;
  }

  static Channel channel(HttpConnection connection) {
    return ((ConnectionBase) connection).channel();
  }

  /** Address of the client of a connection, without the port; empty once it is gone. */
  static String address(HttpConnection connection) {
    SocketAddress address = connection.remoteAddress();
    return address == null ? "" : String.valueOf(address.hostAddress());
  }

  Channel channel() {
    return channel(http);
  }

  Client client() {
    return client;
  }

  /** Its client has too many connections; requests on this one are refused. */
  void aboveShare() {
    aboveShare = true;
  }

  boolean isAboveShare() {
    return aboveShare;
  }

  /**
   * Does this after what is read now, or when other connections had their turn.
   *
   * @param begin begins a request; false if there was nothing to do for it any more
   */
  void soon(BooleanSupplier begin) {
    coming.add(begin);
    if (coming.size() == 1) {
      channel().eventLoop().execute(this::beginSome);
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // Fails only when the event loop ends.
  private void beginSome() {
    int begun = 0;
    try {
      while (begun < MOST_IN_TURN && !coming.isEmpty()) {
        begun += coming.remove().getAsBoolean() ? 1 : 0;
      }
    } finally {
      if (!coming.isEmpty()) {
        channel().eventLoop().schedule(this::beginSome, 1, TimeUnit.NANOSECONDS);
      }
    }
  }

  /** A request that is passed on has come. */
  void begun() {
    requests++;
    client.requests++;
  }

  /** It has ended. */
  void ended(long nowNanos) {
    requests--;
    client.requests--;
    usedNanos = nowNanos;
  }

  /** A request came, whether it is passed on or not. */
  void used(long nowNanos) {
    usedNanos = nowNanos;
  }

  /** Closes it if nothing has gone on for too long, or the client has left and was not read. */
  void sweep(long nowNanos, long idleNanos) {
    Channel channel = channel();
    PeerEnd end = channel.config().isAutoRead() ? PeerEnd.NONE : PeerEnd.of(channel);
    GatedDecoder decoder = channel.pipeline().get(GatedDecoder.class);
    boolean finished = end.state() == PeerEnd.State.FINISHED;
    boolean http2Ended = finished && http.protocolVersion() == HttpVersion.HTTP_2;
    if (end.state() == PeerEnd.State.RESET || http2Ended) {
      var unused = channel.close(); // Whoever waits for its end hears of it.
    } else if (decoder != null) {
      decoder.sweep(nowNanos - idleNanos);
      if (finished) {
        decoder.finished(end.receivedBytes());
      }
    } else if (requests == 0 && nowNanos - usedNanos >= idleNanos) {
      http.close();
    }
  }
}
