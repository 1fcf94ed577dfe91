package dev.leadline.balancer.proxy;

import dev.leadline.balancer.observe.EndReason;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Stream;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.HostAndPort;
import io.vertx.core.net.impl.ConnectionBase;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is different about a request that came over HTTP/2. Everything else treats it as one of
 * HTTP/1.1.
 */
final class Http2 {

  private static final long NO_ERROR = 0x0;
  private static final long INTERNAL_ERROR = 0x2;

  private Http2() {}

  static boolean carries(HttpServerRequest request) {
    return request.version() == HttpVersion.HTTP_2;
  }

  /**
   * Gives the request the headers that it would have on HTTP/1.1: {@code Host} from {@code
   * :authority}, and one {@code Cookie} (RFC 9113, sections 8.2.3 and 8.3.1).
   *
   * @return why the request must not be passed on, or null if it may
   */
  static @Nullable EndReason toHttp1(HttpServerRequest request) {
    String uri = request.uri();
    if (uri == null) {
      return EndReason.PATH_FORM; // The only method without a path; the decoder refuses others.
    }
    if (uri.length() > ListenerOptions.MAX_REQUEST_LINE_BYTES) {
      return EndReason.LINE_TOO_LONG;
    }
    MultiMap headers = request.headers();
    if (headers.getAll(HttpHeaders.HOST).size() > 1) {
      return EndReason.HOST_REPEATED;
    }
    HostAndPort authority = request.authority();
    if (authority == null) {
      return EndReason.HOST_MISSING;
    }
    headers.set(HttpHeaders.HOST, authority.toString());
    List<String> cookies = headers.getAll(HttpHeaders.COOKIE);
    if (cookies.size() > 1) {
      headers.set(HttpHeaders.COOKIE, String.join("; ", cookies));
    }
    return null;
  }

  /** Lets the target send trailers if the client, or gRPC, asks for them. */
  static void prepare(HttpServerRequest fromClient, boolean grpc, MultiMap headers) {
    if (grpc || HopByHop.hasToken(fromClient.headers().getAll("te"), "trailers")) {
      headers.set("te", "trailers");
    }
  }

  /** The path and query; of a CONNECT, which has none, nothing. */
  static String uri(HttpServerRequest request) {
    String uri = request.uri();
    return uri == null ? "" : uri;
  }

  /** Whether the client may still send parts of a body. */
  static boolean hasOpenBody(HttpServerRequest request) {
    Http2Stream stream =
        ((ConnectionBase) request.connection())
            .channel().pipeline().get(Http2ConnectionHandler.class).connection().stream(
                (int) request.streamId());
    return stream != null && stream.state().remoteSideOpen();
  }

  /**
   * Breaks off an answer: the client cannot take it for complete, and other streams go on. Not at
   * once: if the client has made an error, Netty is about to reset the stream with its name.
   */
  static void breakOff(HttpServerRequest request) {
    HttpServerResponse response = request.response();
    ((ConnectionBase) request.connection())
        .context()
        .runOnContext(
            later -> {
              if (!response.closed()) {
                response.reset(INTERNAL_ERROR);
              }
            });
  }

  /**
   * Tells a client that has its whole answer, and still sends its body, to stop (RFC 9113, section
   * 8.1).
   *
   * @param answered comes when the answer has been sent
   */
  static void refuseBodyAfter(Future<Void> answered, HttpServerRequest request) {
    answered.onSuccess(
        sent -> {
          if (hasOpenBody(request)) {
            request.response().reset(NO_ERROR);
          }
        });
  }
}
