package dev.leadline.balancer.proxy;

import dev.leadline.balancer.config.BalancerConfig.Timeouts;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpVersion;

/** The HTTP client that talks to targets. */
public final class TargetClient {

  private static final int MAX_HEADER_BYTES = 64 * 1024;

  private TargetClient() {}

  /** Makes one; its connections are pooled by {@link TargetConnections}, not by Vert.x. */
  public static HttpClientAgent create(Vertx vertx, Timeouts timeouts) {
    return vertx
        .httpClientBuilder()
        .with(
            new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_1_1)
                .setHttp2ClearTextUpgrade(false)
                .setKeepAlive(true)
                .setPipelining(false)
                .setDecompressionSupported(false)
                .setConnectTimeout((int) timeouts.connect().toMillis())
                .setMaxHeaderSize(MAX_HEADER_BYTES)
                .setMaxChunkSize(64 * 1024))
        .build();
  }
}
