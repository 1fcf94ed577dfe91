package dev.leadline.balancer.connect;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.streams.ReadStream;
import org.jspecify.annotations.Nullable;

/**
 * The answer of a target: its head, and its body as a stream. That it breaks off is for the {@link
 * TargetRequest.Listener} to hear; an exception handler of the stream hears nothing. Not
 * thread-safe.
 */
public interface TargetResponse extends ReadStream<Buffer> {

  /** HTTP/1.0, HTTP/1.1 or HTTP/2. */
  HttpVersion version();

  /** The status. */
  int statusCode();

  /** The reason phrase; null if there is none. */
  @Nullable String statusMessage();

  /** The headers. */
  MultiMap headers();

  /** The trailers; none before the end. */
  MultiMap trailers();

  /** Gathers the whole body, of whatever length, in place of a handler for its parts. */
  void whole(Handler<Buffer> handler);

  /** The connection it comes on. */
  Channel channel();

  /**
   * Ends HTTP on its connection, after a status of 101: all that comes from now on goes to this
   * handler.
   */
  void handOver(ChannelHandler next);

  @Override
  TargetResponse exceptionHandler(@Nullable Handler<Throwable> handler);

  @Override
  TargetResponse handler(@Nullable Handler<Buffer> handler);

  @Override
  TargetResponse pause();

  @Override
  TargetResponse resume();

  @Override
  TargetResponse fetch(long amount);

  @Override
  TargetResponse endHandler(@Nullable Handler<Void> handler);
}
