package dev.leadline.balancer.proxy;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.streams.ReadStream;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The body of a client's request, over HTTP/1.1 or HTTP/2. Not thread-safe. */
final class RequestBody {

  private static final Set<HttpMethod> USUALLY_WITH_BODY =
      Set.of(HttpMethod.POST, HttpMethod.PUT, HttpMethod.PATCH);

  private final HttpServerRequest request;
  private final @Nullable Http2Body http2Body;

  private RequestBody(HttpServerRequest request, @Nullable Http2Body http2Body) {
    this.request = request;
    this.http2Body = http2Body;
  }

  /**
   * That of a request; null if it has none.
   *
   * @param http2Body what there is of it over HTTP/2
   */
  static @Nullable RequestBody of(HttpServerRequest request, @Nullable Http2Body http2Body) {
    boolean has = http2Body != null || (!Http2.carries(request) && HopByHop.hasBody(request));
    return has ? new RequestBody(request, http2Body) : null;
  }

  /** Nothing of it is read until somebody wants it. */
  void pause() {
    stream().pause();
    gate().pause();
  }

  /** Its parts. */
  ReadStream<Buffer> stream() {
    return http2Body == null ? request : http2Body;
  }

  /** What stops the reading of it. */
  ReadGate gate() {
    return http2Body == null ? GatedDecoder.of(request.connection()) : http2Body.gate();
  }

  /**
   * What follows it, once it is complete.
   *
   * @param headers what the target got before it
   * @param most trailers, as many as headers
   * @throws Refused if the request must not be completed
   */
  MultiMap trailers(MultiMap headers, int most) {
    RequestTrailers received =
        http2Body == null ? GatedDecoder.trailers(request.connection()) : http2Body.trailers();
    return received.fit(headers, most);
  }

  /**
   * Whether a target may not expect it, and take it for the next request: that of any method that
   * usually has none.
   */
  boolean isUnusual() {
    return !USUALLY_WITH_BODY.contains(request.method());
  }
}
