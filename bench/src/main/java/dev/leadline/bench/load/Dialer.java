package dev.leadline.bench.load;

import dev.leadline.bench.lab.LabDescription.Balancer;
import dev.leadline.bench.lab.LabDescription.Certificate;
import io.vertx.core.Future;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientConnection;
import io.vertx.core.http.HttpConnectOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Opens connections to a balancer, spread over all its addresses: a client that asks the resolver
 * once sends everything to one node of a load balancer that has several. Where one address refuses,
 * the next is tried. Belongs to one event loop.
 */
final class Dialer {
  private final HttpClientAgent client;
  private final Balancer balancer;
  private final ClientSSLOptions trust;
  private final boolean http2;
  private final int addresses;
  private final List<InetAddress> usable;
  private final Set<InetAddress> reached = new LinkedHashSet<>();
  private int turn;
  private int opened;

  /**
   * Dials addresses in turn.
   *
   * @param firstTurn where this loop begins, so that not every loop begins at the first address
   */
  Dialer(
      HttpClientAgent client,
      Balancer balancer,
      List<InetAddress> addresses,
      LoadSpec spec,
      int firstTurn) {
    this.client = client;
    this.balancer = balancer;
    this.addresses = addresses.size();
    this.usable = new ArrayList<>(addresses);
    this.http2 = spec.http().http2();
    this.trust =
        trust(spec.http().insecure() ? Certificate.ANY : balancer.certificate(), spec.timeout());
    this.turn = firstTurn;
  }

  Future<HttpClientConnection> open() {
    return usable.isEmpty()
        ? Future.failedFuture(new UnknownHostException(balancer.url().getHost()))
        : open(addresses);
  }

  /** Addresses that accepted a connection. */
  Set<InetAddress> reached() {
    return reached;
  }

  /** Connections that were opened. */
  int opened() {
    return opened;
  }

  private Future<HttpClientConnection> open(int attempts) {
    InetAddress address = usable.get(turn++ % usable.size());
    return client
        .connect(options(address))
        .compose(this::asAsked)
        .onSuccess(
            connection -> {
              opened++;
              reached.add(address);
            })
        .recover(
            failure -> {
              boolean unreachable = !(failure instanceof SSLException);
              if (unreachable && usable.size() > 1 && !reached.contains(address)) {
                usable.remove(address);
              }
              return unreachable && attempts > 1
                  ? open(attempts - 1)
                  : Future.failedFuture(failure);
            });
  }

  /** A server without HTTP/2 takes HTTP/1.1 by ALPN: its figures would pass for those of HTTP/2. */
  private Future<HttpClientConnection> asAsked(HttpClientConnection connection) {
    if (!http2 || connection.protocolVersion() == HttpVersion.HTTP_2) {
      return Future.succeededFuture(connection);
    }
    connection.close();
    return Future.failedFuture("the server does not offer HTTP/2");
  }

  private HttpConnectOptions options(InetAddress address) {
    HttpConnectOptions options =
        new HttpConnectOptions()
            .setServer(SocketAddress.inetSocketAddress(balancer.port(), address.getHostAddress()))
            .setHost(balancer.url().getHost())
            .setPort(balancer.port())
            .setSsl(balancer.secure());
    return balancer.secure() ? options.setSslOptions(trust) : options;
  }

  /** Which certificates are accepted. An empty algorithm turns off the check of the name. */
  private static ClientSSLOptions trust(@Nullable Certificate certificate, Duration timeout) {
    boolean any = certificate == Certificate.ANY;
    boolean anyName = any || certificate == Certificate.OTHER_NAME;
    ClientSSLOptions options = new ClientSSLOptions();
    // After its request was given up: a limit that came first would pass for a bad certificate.
    options.setSslHandshakeTimeout(timeout.toMillis() + 1_000);
    options.setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS);
    return options.setTrustAll(any).setHostnameVerificationAlgorithm(anyName ? "" : "HTTPS");
  }
}
