package dev.leadline.balancer.connect;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.impl.ConnectionBase;
import org.jspecify.annotations.Nullable;

/** An answer of HTTP/2, as Vert.x reads it. Not thread-safe. */
final class Http2Answer implements TargetResponse {

  private final HttpClientResponse answer;
  private final Http2Exchange exchange;

  Http2Answer(HttpClientResponse answer, Http2Exchange exchange) {
    this.answer = answer;
    this.exchange = exchange;
  }

  @Override
  public HttpVersion version() {
    return HttpVersion.HTTP_2;
  }

  @Override
  public int statusCode() {
    return answer.statusCode();
  }

  @Override
  public @Nullable String statusMessage() {
    return answer.statusMessage();
  }

  @Override
  public MultiMap headers() {
    return answer.headers();
  }

  @Override
  public MultiMap trailers() {
    return answer.trailers();
  }

  @Override
  public void whole(Handler<Buffer> handler) {
    answer.body().onComplete(handler, exchange::failed);
  }

  @Override
  public Channel channel() {
    return ((ConnectionBase) answer.request().connection()).channel();
  }

  @Override
  public void handOver(ChannelHandler next) {
    throw new UnsupportedOperationException("HTTP/2 has no status 101");
  }

  @Override
  public Http2Answer exceptionHandler(@Nullable Handler<Throwable> handler) {
    return this;
  }

  @Override
  public Http2Answer handler(@Nullable Handler<Buffer> handler) {
    answer.handler(handler);
    return this;
  }

  @Override
  public Http2Answer endHandler(@Nullable Handler<Void> handler) {
    answer.endHandler(handler);
    return this;
  }

  @Override
  public Http2Answer pause() {
    answer.pause();
    return this;
  }

  @Override
  public Http2Answer resume() {
    answer.resume();
    return this;
  }

  @Override
  public Http2Answer fetch(long amount) {
    answer.fetch(amount);
    return this;
  }
}
