package dev.leadline.bench.load;

import dev.leadline.bench.lab.LabDescription.Balancer;
import dev.leadline.bench.lab.LabDescription.Certificate;
import io.vertx.core.Future;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientConnection;
import io.vertx.core.http.HttpConnectOptions;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.net.UnknownHostException;
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
  /** Longer than any request may take. */
  private static final int MAX_HANDSHAKE_MINUTES = 15;

  private final HttpClientAgent client;
  private final Balancer balancer;
  private final ClientSSLOptions trust;
  private final int addresses;
  private final List<InetAddress> usable;
  private final Set<InetAddress> reached = new LinkedHashSet<>();
  private int turn;
  private int opened;

  Dialer(HttpClientAgent client, Balancer balancer, List<InetAddress> addresses, boolean insecure) {
    this.client = client;
    this.balancer = balancer;
    this.addresses = addresses.size();
    this.usable = new ArrayList<>(addresses);
    this.trust = trust(insecure ? Certificate.ANY : balancer.certificate());
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
  private static ClientSSLOptions trust(@Nullable Certificate certificate) {
    boolean any = certificate == Certificate.ANY;
    boolean anyName = any || certificate == Certificate.OTHER_NAME;
    ClientSSLOptions options = new ClientSSLOptions();
    // A slow handshake ends with its request: a limit of its own would pass for a bad certificate.
    options.setSslHandshakeTimeout(MAX_HANDSHAKE_MINUTES);
    options.setSslHandshakeTimeoutUnit(TimeUnit.MINUTES);
    return options.setTrustAll(any).setHostnameVerificationAlgorithm(anyName ? "" : "HTTPS");
  }
}
