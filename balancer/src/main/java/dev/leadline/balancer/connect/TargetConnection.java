package dev.leadline.balancer.connect;

import io.netty.channel.ChannelPipeline;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpClientConnection;
import io.vertx.core.http.impl.UnpooledHttpClientConnection;
import io.vertx.core.net.impl.ConnectionBase;
import org.jspecify.annotations.Nullable;

/** An open connection to a target. Not thread-safe: it belongs to one event loop. */
public final class TargetConnection {

  /** Hears of interim answers: those with a status of 1xx, before the final answer. */
  @FunctionalInterface
  public interface InterimListener {
    /** An interim answer came; none is 101. */
    void interim(int status, MultiMap headers);
  }

  private static final String CODEC = "codec"; // as Vert.x calls its own

  private final HttpClientConnection http;
  private final TargetCodec codec = new TargetCodec();

  private TargetConnection(HttpClientConnection http) {
    this.http = http;
  }

  /** Vert.x's connection, on which nothing was sent yet, with a codec of ours. */
  static TargetConnection of(HttpClientConnection http) {
    TargetConnection made = new TargetConnection(http);
    ConnectionBase base = (ConnectionBase) ((UnpooledHttpClientConnection) http).unwrap();
    ChannelPipeline pipeline = base.channel().pipeline();
    pipeline.addFirst(DeferredClose.INSTANCE);
    pipeline.replace(CODEC, CODEC, made.codec);
    http.exceptionHandler(cause -> {}); // The request on it hears of it too, and says why.
    return made;
  }

  /** To send requests on. */
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

  /** Closes it, with whatever is going on there. */
  public void close() {
    http.close();
  }
}
