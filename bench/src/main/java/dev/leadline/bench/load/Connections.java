package dev.leadline.bench.load;

import io.vertx.core.Future;
import io.vertx.core.http.HttpClientConnection;
import io.vertx.core.http.HttpVersion;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one event loop: a request gets one that is free, or else a new one, or else
 * waits for the first that becomes free.
 */
final class Connections {
  private final Dialer dialer;
  private final int max;
  private final boolean reuse;
  private final int streams;

  /** The one used last comes first: the others may become old and be closed by the server. */
  private final Deque<Connection> free = new ArrayDeque<>();

  private final Set<Connection> open = new HashSet<>();
  private final Deque<Exchange> waiting = new ArrayDeque<>();

  /** Open or being opened, and fit for another request. */
  private int usable;

  private boolean ended;

  /**
   * Prepares connections; none is opened yet.
   *
   * @param max at once
   * @param reuse whether a connection carries more than one request after another
   * @param streams requests at once on one connection
   */
  Connections(Dialer dialer, int max, boolean reuse, int streams) {
    this.dialer = dialer;
    this.max = max;
    this.reuse = reuse;
    this.streams = streams;
  }

  /** Opens all of them ahead; one that cannot be opened is tried again when a request needs it. */
  Future<?> openAll() {
    List<Future<?>> all = new ArrayList<>();
    for (int i = 0; i < max; i++) {
      all.add(dial().onSuccess(free::push));
    }
    return Future.join(all);
  }

  /** Calls {@link Exchange#sendOn} or {@link Exchange#end} of the exchange, now or later. */
  void acquire(Exchange exchange) {
    Connection connection = takeFree();
    if (connection != null) {
      exchange.sendOn(connection);
    } else if (usable < max) {
      dialFor(exchange);
    } else {
      waiting.add(exchange);
    }
  }

  /** Ends the use of a connection by one exchange. */
  void release(Connection connection, boolean intact) {
    boolean wasFull = connection.full();
    connection.giveBack();
    if (!intact || !reuse) {
      retire(connection);
    }
    if (connection.retired()) {
      if (connection.idle()) {
        connection.http().close();
      }
    } else if (wasFull) {
      free.push(connection);
    }
    serveWaiting();
  }

  Future<?> closeAll() {
    ended = true;
    waiting.clear();
    List<Future<Void>> closing = new ArrayList<>();
    // Closing changes the set.
    for (Connection connection : List.copyOf(open)) {
      closing.add(connection.http().close());
    }
    return Future.join(closing);
  }

  private @Nullable Connection takeFree() {
    Connection connection = free.peek();
    while (connection != null && connection.retired()) {
      free.pop();
      connection = free.peek();
    }
    if (connection != null) {
      connection.take();
      if (connection.full()) {
        free.pop();
      }
    }
    return connection;
  }

  private void dialFor(Exchange exchange) {
    dial()
        .onComplete(
            (connection, failure) -> {
              if (failure != null) {
                exchange.end(failure);
              } else if (exchange.ended()) {
                free.push(connection);
              } else {
                connection.take();
                if (!connection.full()) {
                  free.push(connection);
                }
                exchange.sendOn(connection);
              }
              serveWaiting();
            });
  }

  private Future<Connection> dial() {
    usable++;
    return dialer.open().map(this::opened).onFailure(failure -> usable--);
  }

  private Connection opened(HttpClientConnection http) {
    int capacity = (int) Math.max(1, Math.min(streams, http.maxActiveStreams()));
    Connection connection = new Connection(http, capacity);
    if (ended) {
      // Still being opened when the burst was given up: nothing else would close it.
      http.close();
      return connection;
    }
    open.add(connection);
    if (http.protocolVersion() == HttpVersion.HTTP_2) {
      http.goAwayHandler(goAway -> retire(connection));
    }
    http.closeHandler(
        nothing -> {
          open.remove(connection);
          retire(connection);
        });
    return connection;
  }

  /** Gives it no more requests; what is under way on it goes on. */
  private void retire(Connection connection) {
    if (!connection.retired()) {
      connection.retire();
      usable--;
      serveWaiting();
    }
  }

  private void serveWaiting() {
    while (!ended && !waiting.isEmpty()) {
      if (waiting.element().ended()) {
        waiting.remove();
        continue;
      }
      Connection connection = takeFree();
      if (connection != null) {
        waiting.remove().sendOn(connection);
      } else if (usable < max) {
        dialFor(waiting.remove());
      } else {
        return;
      }
    }
  }
}
