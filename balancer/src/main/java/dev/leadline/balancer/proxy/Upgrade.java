package dev.leadline.balancer.proxy;

import dev.leadline.balancer.connect.TargetResponse;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.core.net.impl.VertxHandler;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A client's wish to use another protocol on its connection, such as WebSocket (RFC 9110, section
 * 7.8). Until the target has decided, the decoder holds what the client sends after its request:
 * whether that is HTTP is what the target decides.
 */
final class Upgrade {

  private static final String SWITCH = "Upgrade";

  private final HttpServerRequest request;
  private final String protocol;

  private Upgrade(HttpServerRequest request, String protocol) {
    this.request = request;
    this.protocol = protocol;
  }

  /** The wish of this request, or null if it has none that could be granted. */
  static @Nullable Upgrade of(HttpServerRequest request) {
    MultiMap headers = request.headers();
    String protocol = headers.get(HttpHeaders.UPGRADE);
    if (protocol == null
        || request.version() != HttpVersion.HTTP_1_1
        || !HttpMethod.GET.equals(request.method())
        || HopByHop.hasBody(request)
        || protocol.toLowerCase(Locale.ROOT).contains("h2c")
        || headers.getAll(HttpHeaders.UPGRADE).size() > 1
        || !HopByHop.hasToken(headers.getAll(HttpHeaders.CONNECTION), SWITCH)) {
      return null;
    }
    return new Upgrade(request, protocol);
  }

  private Channel channel() {
    return ((ConnectionBase) request.connection()).channel();
  }

  /** Sets what asks the target for it on a request that has the end-to-end headers. */
  void ask(MultiMap headers) {
    headers.set(HttpHeaders.CONNECTION, SWITCH).set(HttpHeaders.UPGRADE, protocol);
  }

  /** Whether this answer grants it. */
  boolean isGranted(TargetResponse answer) {
    String granted = answer.headers().get(HttpHeaders.UPGRADE);
    return answer.statusCode() == 101
        && granted != null
        && HopByHop.hasToken(List.of(protocol), granted);
  }

  /**
   * Makes the head of the target's consent that of the answer to the client.
   *
   * @return null if it can be passed on
   */
  HopByHop.@Nullable Problem prepare(TargetResponse answer, int maxHeaders) {
    MultiMap headers = request.response().headers();
    HopByHop.Problem unfit = HopByHop.copyEndToEnd(answer.headers(), headers, maxHeaders);
    if (unfit != null) {
      headers.clear();
      return unfit;
    }
    headers.remove(HttpHeaders.CONTENT_LENGTH);
    headers.set(HttpHeaders.CONNECTION, SWITCH);
    headers.set(HttpHeaders.UPGRADE, String.valueOf(answer.headers().get(HttpHeaders.UPGRADE)));
    return null;
  }

  /** Passes the prepared consent on, and from then on everything in both directions. */
  Tunnel grant(TargetResponse answer, Tunnel.Listener listener) {
    VertxHandler<?> http = channel().pipeline().get(VertxHandler.class);
    ChannelHandlerContext context = channel().pipeline().context(http);
    Tunnel tunnel = new Tunnel(channel(), answer.channel(), listener);
    tunnel.join(answer);
    // This takes the decoder out, and what it holds goes into the tunnel.
    request.toNetSocket();
    // Whoever waits for the end of the connection must still hear of it.
    channel().closeFuture().addListener(closed -> http.channelInactive(context));
    tunnel.open();
    return tunnel;
  }
}
