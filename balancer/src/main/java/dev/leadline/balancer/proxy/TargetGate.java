package dev.leadline.balancer.proxy;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.http.HttpClientConnection;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.impl.UnpooledHttpClientConnection;
import io.vertx.core.net.impl.ConnectionBase;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the bytes of an HTTP/1 target from the decoder while its answer is paused; after the next
 * read they stay in the kernel. Not thread-safe: it belongs to the event loop of its connection.
 */
final class TargetGate extends ChannelInboundHandlerAdapter implements ReadGate {

  private static final String NAME = "targetGate";

  private final Queue<Object> held = new ArrayDeque<>(2);
  private @Nullable ChannelHandlerContext context;
  private boolean paused;

  /** The gate of a connection to a target; made when it is asked for first. */
  static ReadGate of(HttpClientConnection connection) {
    ConnectionBase http1 = http1(connection);
    if (http1 == null) {
      return NONE;
    }
    ChannelPipeline pipeline = http1.channel().pipeline();
    if (pipeline.get(NAME) instanceof TargetGate known) {
      return known;
    }
    TargetGate made = new TargetGate();
    ChannelHandlerContext tls = pipeline.context(SslHandler.class);
    if (tls == null) {
      pipeline.addFirst(NAME, made);
    } else {
      pipeline.addAfter(tls.name(), NAME, made);
    }
    return made;
  }

  /**
   * Resets a connection with whatever is going on there. A regular close would wait until all is
   * written, and a target that does not read would keep it for minutes.
   */
  static void reset(HttpClientConnection connection) {
    ConnectionBase http1 = http1(connection);
    if (http1 == null) {
      connection.close();
    } else if (http1.channel().isOpen()) {
      Channel channel = http1.channel();
      channel.config().setOption(ChannelOption.SO_LINGER, 0);
      // After the read that may be going on, see DeferredClose.
      channel.eventLoop().execute(() -> channel.unsafe().close(channel.voidPromise()));
    }
  }

  private static @Nullable ConnectionBase http1(HttpClientConnection connection) {
    return connection.protocolVersion() != HttpVersion.HTTP_2
            && connection instanceof UnpooledHttpClientConnection unpooled
            && unpooled.unwrap() instanceof ConnectionBase base
        ? base
        : null;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    held.forEach(ReferenceCountUtil::release);
    held.clear();
  }

  @Override
  public void pause() {
    paused = true;
  }

  @Override
  public void resume() {
    paused = false;
    ChannelHandlerContext ctx = Objects.requireNonNull(context);
    if (!held.isEmpty()) {
      release(ctx);
    }
    if (!paused && !ctx.channel().config().isAutoRead()) {
      ctx.channel().config().setAutoRead(true);
    }
  }

  private void release(ChannelHandlerContext ctx) {
    Object next = paused ? null : held.poll();
    while (next != null) {
      ctx.fireChannelRead(next);
      next = paused ? null : held.poll();
    }
    ctx.fireChannelReadComplete();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!paused && held.isEmpty()) {
      ctx.fireChannelRead(message);
      return;
    }
    ctx.channel().config().setAutoRead(false);
    held.add(message);
  }

  /** What came before the end is a part of the answer. */
  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    paused = false;
    if (!held.isEmpty()) {
      release(ctx);
    }
    ctx.fireChannelInactive();
  }
}
