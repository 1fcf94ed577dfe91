package dev.leadline.balancer.connect;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.impl.headers.HeadersAdaptor;
import io.vertx.core.impl.buffer.VertxByteBufAllocator;
import io.vertx.core.internal.buffer.BufferInternal;
import org.jspecify.annotations.Nullable;

/**
 * An answer of HTTP/1.1. Its parts are copies: nothing of it has to be released. Not thread-safe.
 */
final class Http1Answer implements TargetResponse {

  private static final MultiMap NONE = new HeadersAdaptor(EmptyHttpHeaders.INSTANCE);

  private final Http1Exchange exchange;
  private final Http1Codec codec;
  private final HttpResponse head;
  private final MultiMap headers;
  private MultiMap trailers = NONE;
  private @Nullable Handler<Buffer> parts;
  private @Nullable Handler<Void> end;
  private @Nullable Handler<Buffer> whole;
  private @Nullable Buffer gathered;

  Http1Answer(Http1Exchange exchange, Http1Codec codec, HttpResponse head) {
    this.exchange = exchange;
    this.codec = codec;
    this.head = head;
    headers = (MultiMap) head.headers();
  }

  void part(ByteBuf bytes) {
    Handler<Buffer> to = parts;
    if (whole != null) {
      Buffer before = gathered;
      gathered = before == null ? copy(bytes) : before.appendBuffer(copy(bytes));
    } else if (to != null) {
      to.handle(copy(bytes));
    }
  }

  private static Buffer copy(ByteBuf bytes) {
    ByteBuf onHeap = VertxByteBufAllocator.DEFAULT.heapBuffer(bytes.readableBytes());
    return BufferInternal.buffer(onHeap.writeBytes(bytes));
  }

  void trailers(HttpHeaders received) {
    if (!received.isEmpty()) {
      trailers = new HeadersAdaptor(received);
    }
  }

  void end() {
    Handler<Buffer> all = whole;
    Handler<Void> last = end;
    if (all != null) {
      Buffer body = gathered;
      all.handle(body == null ? Buffer.buffer() : body);
    } else if (last != null) {
      last.handle(null);
    }
  }

  @Override
  public HttpVersion version() {
    return head.protocolVersion().minorVersion() == 0 ? HttpVersion.HTTP_1_0 : HttpVersion.HTTP_1_1;
  }

  @Override
  public int statusCode() {
    return head.status().code();
  }

  @Override
  public @Nullable String statusMessage() {
    return head.status().reasonPhrase();
  }

  @Override
  public MultiMap headers() {
    return headers;
  }

  @Override
  public MultiMap trailers() {
    return trailers;
  }

  @Override
  public void whole(Handler<Buffer> handler) {
    whole = handler;
  }

  @Override
  public Channel channel() {
    return codec.channel();
  }

  @Override
  public void handOver(ChannelHandler next) {
    if (codec.isAt(exchange)) {
      codec.handOver(next);
    }
  }

  @Override
  public Http1Answer exceptionHandler(@Nullable Handler<Throwable> handler) {
    return this;
  }

  @Override
  public Http1Answer handler(@Nullable Handler<Buffer> handler) {
    parts = handler;
    return this;
  }

  @Override
  public Http1Answer endHandler(@Nullable Handler<Void> handler) {
    end = handler;
    return this;
  }

  @Override
  public Http1Answer pause() {
    if (codec.isAt(exchange)) {
      codec.pause();
    }
    return this;
  }

  @Override
  public Http1Answer resume() {
    if (codec.isAt(exchange)) {
      codec.resume();
    }
    return this;
  }

  @Override
  public Http1Answer fetch(long amount) {
    return resume();
  }
}
