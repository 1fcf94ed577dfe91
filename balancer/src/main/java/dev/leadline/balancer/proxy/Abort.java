package dev.leadline.balancer.proxy;

import io.netty.channel.ChannelOption;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.impl.ConnectionBase;

/**
 * Breaks off an answer that cannot be completed, so that the client cannot take it for complete.
 */
final class Abort {

  private Abort() {}

  /**
   * Resets the client's connection. A regular close would do on HTTP/1.1, where the framing shows
   * what is missing; on HTTP/1.0 the close itself is the end of the answer. Vert.x has no way to
   * ask for a reset, so this reaches for its channel: closed without lingering, a socket resets.
   */
  static void reset(HttpServerRequest request) {
    if (Http2.carries(request)) {
      Http2.breakOff(request);
      return;
    }
    if (request.connection() instanceof ConnectionBase connection
        && connection.channel().isOpen()) {
      connection.channel().config().setOption(ChannelOption.SO_LINGER, 0);
    }
    request.response().reset();
  }
}
