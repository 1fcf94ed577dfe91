package dev.leadline.balancer.connect;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Opens one connection to a host with several addresses, as RFC 8305 says ("happy eyeballs"): the
 * next address is tried when the one before has failed, or has been silent for {@value
 * #NEXT_AFTER_MILLIS} ms. The address that takes the connection is the first to be tried next time.
 * Not thread-safe: it belongs to one event loop.
 *
 * @param <C> the connections
 */
final class AddressRace<C> {

  static final long NEXT_AFTER_MILLIS = 250;

  /** Most addresses that one connection tries; the next one begins where this one has stopped. */
  static final int MOST_TRIED = 8;

  private final Vertx vertx;
  private final AddressList addresses;
  private final Function<String, Future<C>> connect;
  private final Consumer<C> close;
  private final Promise<C> result = Promise.promise();
  private final int most;
  private final int begin;
  private int tried;
  private int running;
  private long timer = -1;

  /**
   * @param connect opens a connection to an address
   * @param close closes one that came too late
   */
  AddressRace(
      Vertx vertx, AddressList addresses, Function<String, Future<C>> connect, Consumer<C> close) {
    this.close = close;
    this.vertx = vertx;
    this.addresses = addresses;
    this.connect = connect;
    most = Math.min(MOST_TRIED, addresses.all().size());
    begin = addresses.first();
  }

  Future<C> run() {
    if (most == 1) {
      return connect.apply(addresses.all().get(begin));
    }
    tryNext();
    return result.future();
  }

  private void tryNext() {
    int index = (begin + tried) % addresses.all().size();
    tried++;
    running++;
    if (tried < most) {
      timer = vertx.setTimer(NEXT_AFTER_MILLIS, fired -> tryNext());
    }
    connect
        .apply(addresses.all().get(index))
        .onComplete(connection -> connected(connection, index), this::failed);
  }

  private void connected(C connection, int index) {
    running--;
    vertx.cancelTimer(timer);
    if (result.tryComplete(connection)) {
      addresses.beginWith(index);
    } else {
      close.accept(connection);
    }
  }

  private void failed(Throwable cause) {
    running--;
    if (result.future().isComplete()) {
      return;
    }
    if (tried < most) {
      vertx.cancelTimer(timer);
      tryNext();
    } else if (running == 0) {
      addresses.beginWith((begin + tried) % addresses.all().size());
      result.fail(cause);
    }
  }
}
