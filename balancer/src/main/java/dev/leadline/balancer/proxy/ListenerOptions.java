package dev.leadline.balancer.proxy;

import dev.leadline.balancer.config.BalancerConfig.Timeouts;
import dev.leadline.balancer.config.Tls;
import io.netty.channel.Channel;
import io.netty.handler.timeout.IdleStateHandler;
import io.vertx.core.Vertx;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerBuilder;
import io.vertx.core.http.HttpServerConfig;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.TcpServerConfig;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The options of Vert.x's server that the listener is made with. */
final class ListenerOptions {

  // Limits of an Application Load Balancer: request line 16 KB, all headers 64 KB.
  static final int MAX_REQUEST_LINE_BYTES = 16 * 1024;
  private static final int MAX_HEADER_BYTES = 64 * 1024;
  private static final int MAX_CHUNK_BYTES = 16 * 1024; // As much as one read brings.
  private static final String IDLE = "idle"; // as Vert.x calls its own

  // Of HTTP/2: what a client may have in flight, and what may wait here for a slow target.
  private static final int STREAMS_PER_CONNECTION = 100;
  private static final int STREAM_WINDOW_BYTES = 44 * 1024; // With what belongs to it, up to 64 KB.
  private static final int CONNECTION_WINDOW_BYTES = 256 * 1024;

  private ListenerOptions() {}

  /**
   * Options of a listener.
   *
   * @param tls what it proves itself with; absent: it speaks plain HTTP
   */
  static HttpServerOptions of(Timeouts timeouts, Optional<Tls> tls) {
    HttpServerOptions options =
        new HttpServerOptions()
            .setHttp2ClearTextEnabled(false)
            .setHandle100ContinueAutomatically(false)
            .setAcceptBacklog(AcceptLimit.BACKLOG)
            .setMaxInitialLineLength(MAX_REQUEST_LINE_BYTES)
            .setMaxHeaderSize(MAX_HEADER_BYTES)
            .setMaxChunkSize(MAX_CHUNK_BYTES)
            .setInitialSettings(
                new Http2Settings()
                    .setPushEnabled(false)
                    .setMaxConcurrentStreams(STREAMS_PER_CONNECTION)
                    .setInitialWindowSize(STREAM_WINDOW_BYTES)
                    .setMaxHeaderListSize(MAX_HEADER_BYTES))
            .setHttp2ConnectionWindowSize(CONNECTION_WINDOW_BYTES)
            .setIdleTimeout(silenceSeconds(timeouts));
    tls.ifPresent(it -> ListenerTls.secure(options.setUseAlpn(true), it));
    return options;
  }

  /**
   * A server with these options whose connections may begin with PROXY headers.
   *
   * @param plainHttp hears of clients that send plain HTTP where TLS is spoken, on any event loop
   */
  static HttpServer server(
      Vertx vertx,
      HttpServerOptions options,
      ProxyHeaders headers,
      Consumer<@Nullable SocketAddress> plainHttp) {
    HttpServerConfig config = new HttpServerConfig(options);
    TcpServerConfig tcp = config.getTcpConfig();
    tcp.setTransportConfig(
        headers.with(
            tcp.getTransportConfig(),
            options.isSsl()
                ? connection -> connection.pipeline().addLast(new PlainHttp(plainHttp))
                : connection -> {}));
    HttpServerBuilder builder = vertx.httpServerBuilder().with(config);
    if (options.isSsl()) {
      builder.with(options.getSslOptions()).with(options.getSslEngineOptions());
    }
    return builder.build();
  }

  /** Limits the silence of a new connection by the times of now: Vert.x has those of the start. */
  static void limitSilence(Channel connection, Timeouts timeouts) {
    IdleStateHandler first = connection.pipeline().get(IdleStateHandler.class);
    int seconds = silenceSeconds(timeouts);
    if (first != null && first.getAllIdleTimeInMillis() != seconds * 1000L) {
      connection.pipeline().replace(first, IDLE, new IdleStateHandler(0, 0, seconds));
    }
  }

  /** A last resort: whoever is silent for longer than any other time limit has failed them all. */
  private static int silenceSeconds(Timeouts timeouts) {
    Duration longest =
        Stream.of(timeouts.response(), timeouts.idle(), timeouts.clientIdle())
            .max(Comparator.naturalOrder())
            .orElseThrow();
    return (int) longest.toSeconds() + 10;
  }
}
