package dev.leadline.balancer.connect;

import io.netty.handler.codec.http2.Http2Error;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.net.HostAndPort;

/** One request and its answer on a stream of HTTP/2, which Vert.x frames. Not thread-safe. */
final class Http2Exchange implements TargetRequest {

  private final Http2TargetStream stream;
  private final HttpClientRequest request;
  private final Listener listener;
  private boolean over;

  Http2Exchange(Http2TargetStream stream, HttpClientRequest request, Listener listener) {
    this.stream = stream;
    this.request = request;
    this.listener = listener;
    stream.listenTo(this::interim);
  }

  private void interim(int status, MultiMap headers) {
    if (!over) {
      listener.interim(status, headers);
    }
  }

  @Override
  public MultiMap headers() {
    return request.headers();
  }

  @Override
  public void send(HttpMethod method, String uri, boolean hasBody) {
    request.exceptionHandler(this::failed);
    request.response().onComplete(this::answered, this::failed);
    request.setMethod(method).setURI(uri);
    // HTTP/2 has an authority in place of the header Host.
    String host = headers().get(HttpHeaders.HOST);
    HostAndPort authority = host == null ? null : HostAndPort.parseAuthority(host, -1);
    if (authority != null) {
      request.authority(authority);
    }
    headers().remove(HttpHeaders.HOST);
    if (!hasBody) {
      request.end();
    } else if (!headers().contains(HttpHeaders.CONTENT_LENGTH)) {
      request.setChunked(true);
    }
  }

  private void answered(HttpClientResponse answer) {
    // Also of an answer that is not passed on: Vert.x would log its end with a stack trace.
    answer.exceptionHandler(this::failed);
    if (!over) {
      listener.answered(new Http2Answer(answer, this));
    }
  }

  void failed(Throwable cause) {
    if (!over) {
      over = true;
      listener.failed(cause);
    }
  }

  @Override
  public Future<Void> write(Buffer part) {
    return request.write(part);
  }

  @Override
  public void end(MultiMap trailers) {
    stream.endWith(trailers);
    request.end();
  }

  @Override
  public void reset() {
    over = true;
    request.reset(Http2Error.CANCEL.code());
  }

  @Override
  public boolean hasAnswerBegun() {
    return stream.hasAnswerBegun();
  }

  @Override
  public boolean isUnprocessed() {
    return stream.isUnprocessed();
  }

  @Override
  public boolean isHeadOnly() {
    return stream.isHeadOnly();
  }
}
