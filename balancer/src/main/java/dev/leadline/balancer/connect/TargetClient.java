package dev.leadline.balancer.connect;

import dev.leadline.routing.target.Target;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpConnectOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;

/**
 * Opens connections to targets. Who asked for one owns it: nothing is pooled here. Not thread-safe:
 * it belongs to one event loop.
 */
public final class TargetClient {

  private final HttpClientAgent client;

  /** Makes one that gives a connection attempt up after this time. */
  public TargetClient(Vertx vertx, Duration connectTimeout) {
    client =
        vertx
            .httpClientBuilder()
            .with(
                new HttpClientOptions()
                    .setProtocolVersion(HttpVersion.HTTP_1_1)
                    .setHttp2ClearTextUpgrade(false)
                    .setKeepAlive(true)
                    .setPipelining(false)
                    .setDecompressionSupported(false)
                    .setConnectTimeout((int) connectTimeout.toMillis()))
            .build();
  }

  /** How to connect to this target. */
  public static HttpConnectOptions addressOf(Target target) {
    return new HttpConnectOptions()
        .setServer(SocketAddress.inetSocketAddress(target.port(), target.address()))
        .setHost(hostOf(target))
        .setPort(target.port());
  }

  /** As a URL has it: an IPv6 address stands in brackets. */
  private static String hostOf(Target target) {
    String address = target.address();
    return address.indexOf(':') < 0 ? address : "[" + address + "]";
  }

  /** Closes every connection that it opened. */
  public void close() {
    client.close();
  }

  /** Opens a connection; whatever prevents it is the future's failure, never an exception. */
  public Future<TargetConnection> connect(HttpConnectOptions address) {
    try {
      return client.connect(address).map(TargetConnection::of);
    } catch (RuntimeException e) {
      return Future.failedFuture(e);
    }
  }
}
