package dev.leadline.balancer.connect;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnectOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.shareddata.Shareable;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The addresses of host names, for all event loops of a Vert.x. Who finds them out writes them
 * here; who connects to a target finds them without waiting. A name that is not here is looked up
 * by Vert.x. Thread-safe.
 */
public final class NameTable {

  private static final String NAME = "dev.leadline.names";

  /**
   * What is known of a name.
   *
   * @param addresses IP addresses; empty: it does not resolve
   * @param problem why it does not
   */
  private record Entry(AddressList addresses, String problem) implements Shareable {}

  private final Vertx vertx;
  private final Map<String, Entry> entries;

  private NameTable(Vertx vertx) {
    this.vertx = vertx;
    entries = vertx.sharedData().getLocalMap(NAME);
  }

  /** The one of this Vert.x. */
  public static NameTable of(Vertx vertx) {
    return new NameTable(vertx);
  }

  /** The name has these IP addresses; there is at least one. */
  public void resolved(String name, List<String> addresses) {
    Entry known = entries.get(name);
    if (known == null || !known.addresses.all().equals(addresses)) {
      entries.put(name, new Entry(new AddressList(addresses), ""));
    }
  }

  /**
   * The name has no address.
   *
   * @param why in words that can follow "NAME does not resolve: "
   */
  public void unresolved(String name, String why) {
    entries.put(name, new Entry(new AddressList(List.of()), why));
  }

  /** Nobody keeps this name up to date any more. */
  public void forget(String name) {
    entries.remove(name);
  }

  /**
   * Opens a connection; where the host has several addresses, to any of them.
   *
   * @param close closes one that is not needed any more
   */
  <C> Future<C> connect(
      HttpConnectOptions options, Function<HttpConnectOptions, Future<C>> open, Consumer<C> close) {
    Entry entry = entryOf(options);
    if (entry == null) {
      return open.apply(options);
    }
    if (entry.addresses.all().isEmpty()) {
      SocketAddress server = (SocketAddress) options.getServer();
      return Future.failedFuture(
          new UnresolvedException(server.host() + " does not resolve: " + entry.problem));
    }
    return new AddressRace<>(
            vertx, entry.addresses, address -> open.apply(at(address, options)), close)
        .run();
  }

  private @Nullable Entry entryOf(HttpConnectOptions options) {
    return options.getServer() instanceof SocketAddress server && server.hostName() != null
        ? entries.get(server.hostName())
        : null;
  }

  private static HttpConnectOptions at(String address, HttpConnectOptions options) {
    int port = ((SocketAddress) options.getServer()).port();
    return new HttpConnectOptions(options)
        .setServer(SocketAddress.inetSocketAddress(port, address));
  }
}
