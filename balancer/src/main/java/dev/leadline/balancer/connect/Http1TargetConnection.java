package dev.leadline.balancer.connect;

import io.netty.channel.ChannelPipeline;
import io.vertx.core.Future;
import io.vertx.core.http.HttpClientConnection;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.http.impl.UnpooledHttpClientConnection;
import io.vertx.core.net.impl.ConnectionBase;
import org.jspecify.annotations.Nullable;

/** A connection that speaks HTTP/1.1, one request at a time. */
public final class Http1TargetConnection implements TargetConnection {

  private static final String CODEC = "codec"; // as Vert.x calls its own

  private final HttpClientConnection http;
  private final TargetCodec codec = new TargetCodec();

  private Http1TargetConnection(HttpClientConnection http) {
    this.http = http;
  }

  /** Vert.x's connection, on which nothing was sent yet, with a codec of ours. */
  static Http1TargetConnection of(HttpClientConnection http) {
    Http1TargetConnection made = new Http1TargetConnection(http);
    ConnectionBase base = (ConnectionBase) ((UnpooledHttpClientConnection) http).unwrap();
    ChannelPipeline pipeline = base.channel().pipeline();
    pipeline.addFirst(DeferredClose.INSTANCE);
    pipeline.replace(CODEC, CODEC, made.codec);
    http.exceptionHandler(cause -> {}); // The request on it hears of it too, and says why.
    return made;
  }

  @Override
  public Future<HttpClientRequest> request(RequestOptions options) {
    return http.request(options);
  }

  @Override
  public void onClose(Runnable action) {
    http.closeHandler(closed -> action.run());
  }

  /** Vert.x's connection. */
  public HttpClientConnection http() {
    return http;
  }

  /** Who hears of interim answers from now on; null for nobody. */
  public void listenTo(@Nullable InterimListener listener) {
    codec.listenTo(listener);
  }

  /** Whether something of the answer to the last request has come, if only an interim answer. */
  public boolean hasAnswerBegun() {
    return codec.hasAnswerBegun();
  }

  /** Whether more has come than the answers: then it must not be used again. */
  public boolean hasSurplus() {
    return codec.hasSurplus();
  }

  @Override
  public void close() {
    http.close();
  }
}
