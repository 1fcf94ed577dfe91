package dev.leadline.balancer.connect;

import dev.leadline.balancer.config.PemFile;
import dev.leadline.balancer.config.TargetTls;
import dev.leadline.balancer.config.TargetWire;
import dev.leadline.balancer.config.TargetWire.Protocol;
import dev.leadline.balancer.config.Tls;
import dev.leadline.routing.target.Target;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpConnectOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.impl.UnpooledHttpClientConnection;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.ConnectOptions;
import io.vertx.core.net.HostAndPort;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.OpenSSLEngineOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.impl.ConnectionBase;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Opens connections to targets. Who asked for one owns it: nothing is pooled here. Not thread-safe:
 * it belongs to one event loop.
 */
public final class TargetClient {

  private final Vertx vertx;
  private HttpClientAgent client;

  /** Vert.x closes a client that nothing refers to any more, and its connections with it. */
  private final Map<ConnectionBase, HttpClientAgent> openers = new HashMap<>();

  private @Nullable NetClient sockets;
  private Duration connectTimeout;
  private final NameTable names;

  /** Makes one that gives a connection attempt up after this time, and a TLS handshake too. */
  public TargetClient(Vertx vertx, Duration connectTimeout) {
    names = NameTable.of(vertx);
    this.vertx = vertx;
    this.connectTimeout = connectTimeout;
    client = newClient();
  }

  /** From now on it gives a connection attempt up after this time, and a TLS handshake too. */
  public void giveUpAfter(Duration limit) {
    if (!limit.equals(connectTimeout)) {
      connectTimeout = limit;
      client = newClient();
    }
  }

  private HttpClientAgent newClient() {
    HttpClientOptions options =
        new HttpClientOptions()
            .setProtocolVersion(HttpVersion.HTTP_1_1)
            .setHttp2ClearTextUpgrade(false)
            .setKeepAlive(true)
            .setPipelining(false)
            .setDecompressionSupported(false)
            .setConnectTimeout((int) connectTimeout.toMillis());
    if (OpenSSLEngineOptions.isAvailable()) {
      options.setSslEngineOptions(new OpenSSLEngineOptions());
    }
    return vertx.httpClientBuilder().with(options).build();
  }

  /** How this client connects to this target. */
  public HttpConnectOptions addressOf(Target target, TargetWire wire) {
    HttpConnectOptions address =
        new HttpConnectOptions()
            .setServer(SocketAddress.inetSocketAddress(target.port(), target.address()))
            .setHost(hostOf(target))
            .setPort(target.port());
    if (wire.protocol() != Protocol.HTTP1) {
      address.setProtocolVersion(HttpVersion.HTTP_2);
    }
    wire.tls().ifPresent(tls -> secure(address, target, tls));
    return address;
  }

  /** As a URL has it: an IPv6 address stands in brackets. */
  private static String hostOf(Target target) {
    String address = target.address();
    return address.indexOf(':') < 0 ? address : "[" + address + "]";
  }

  private void secure(HttpConnectOptions address, Target target, TargetTls tls) {
    ClientSSLOptions options =
        new ClientSSLOptions()
            .setTrustAll(!tls.verify())
            .setHostnameVerificationAlgorithm(tls.verify() ? "HTTPS" : "")
            .setSslHandshakeTimeout(connectTimeout.toMillis())
            .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS)
            .setEnabledSecureTransportProtocols(Set.of("TLSv1.2", "TLSv1.3"));
    Tls.CIPHER_SUITES.forEach(options::addEnabledCipherSuite);
    tls.ca().ifPresent(it -> options.setTrustOptions(new PemTrustOptions().addCertValue(pem(it))));
    tls.identity()
        .ifPresent(
            it ->
                options.setKeyCertOptions(
                    new PemKeyCertOptions()
                        .addCertValue(pem(it.certificate()))
                        .addKeyValue(pem(it.key()))));
    // The host is what the certificate is compared with and what is asked for (SNI), and not
    // Vert.x's own option for SNI: with that it would mix up connections that differ in more.
    address.setSsl(true).setSslOptions(options).setHost(tls.serverName().orElse(target.address()));
  }

  private static Buffer pem(PemFile file) {
    return Buffer.buffer(file.content());
  }

  /** Closes every connection that it opened. */
  public void close() {
    client.close();
    if (sockets != null) {
      sockets.close();
    }
  }

  /** Opens a connection; whatever prevents it is the future's failure, never an exception. */
  public Future<TargetConnection> connect(HttpConnectOptions address) {
    try {
      return names.connect(address, this::open);
    } catch (RuntimeException e) {
      return Future.failedFuture(e);
    }
  }

  private Future<TargetConnection> open(HttpConnectOptions address) {
    return address.getProtocolVersion() == HttpVersion.HTTP_2
        ? connectHttp2(address)
        : connectHttp1(address);
  }

  private Future<TargetConnection> connectHttp1(HttpConnectOptions address) {
    HttpClientAgent opener = client;
    return opener
        .connect(address)
        .map(
            http -> {
              ConnectionBase base = (ConnectionBase) ((UnpooledHttpClientConnection) http).unwrap();
              openers.put(base, opener);
              base.closeFuture().onComplete(closed -> openers.remove(base));
              return Http1TargetConnection.of(http);
            });
  }

  /** Not by Vert.x's client for HTTP: a target that never answers the preface would stay open. */
  private Future<TargetConnection> connectHttp2(HttpConnectOptions address) {
    ConnectOptions options =
        new ConnectOptions()
            .setRemoteAddress((SocketAddress) address.getServer())
            .setHost(address.getHost())
            .setPort(address.getPort())
            .setTimeout((int) connectTimeout.toMillis());
    if (address.getSslOptions() != null) {
      options
          .setSsl(true)
          .setSslOptions(
              address
                  .getSslOptions()
                  .copy()
                  .setUseAlpn(true)
                  .setApplicationLayerProtocols(List.of("h2")));
    }
    HostAndPort authority = HostAndPort.authority(address.getHost(), address.getPort());
    return sockets()
        .connect(options)
        .compose(
            socket ->
                Http2TargetConnection.open(
                    (NetSocketInternal) socket, authority, connectTimeout.toMillis()));
  }

  private NetClient sockets() {
    NetClient known = sockets;
    if (known == null) {
      NetClientOptions options = new NetClientOptions();
      if (OpenSSLEngineOptions.isAvailable()) {
        options.setSslEngineOptions(new OpenSSLEngineOptions());
      }
      known = vertx.createNetClient(options);
      sockets = known;
    }
    return known;
  }
}
