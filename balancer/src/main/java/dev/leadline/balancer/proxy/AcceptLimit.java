package dev.leadline.balancer.proxy;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Stops accepting while a listener has as many connections as it may have; clients then wait in the
 * kernel's queue. Connections count from the moment they are accepted, whether they speak or not,
 * until they are closed. Thread-safe.
 */
public final class AcceptLimit extends ChannelInboundHandlerAdapter {

  /** Connections of a listener that may wait in the kernel to be accepted. */
  public static final int BACKLOG = 4096;

  /** Its name in a listener's pipeline. */
  public static final String NAME = "acceptLimit";

  private final AtomicInteger open = new AtomicInteger();
  private volatile int most = Integer.MAX_VALUE;
  private volatile boolean waits;
  private volatile @Nullable ChannelHandlerContext context;

  /** Sets the limit of the listener that accepted this connection, if it has one. */
  public static @Nullable AcceptLimit set(Channel accepted, int most) {
    Channel listener = accepted.parent();
    if (listener != null && listener.pipeline().get(NAME) instanceof AcceptLimit limit) {
      limit.limit(listener, most);
      return limit;
    }
    return null;
  }

  /**
   * Counts a connection that has just been closed on: a target still gets what came on it. Another
   * thread may have accepted one more by then.
   */
  public void hold() {
    open.incrementAndGet();
  }

  /** Counts one of {@link #hold} no longer. */
  public void release() {
    ChannelHandlerContext ctx = context;
    if (open.decrementAndGet() < most && waits && ctx != null) {
      ctx.executor().execute(() -> goOn(ctx));
    }
  }

  /** Connections that are open, TLS handshakes too, and held ones. */
  public int open() {
    return open.get();
  }

  private void limit(Channel listener, int limit) {
    if (most != limit) {
      most = limit;
      listener.eventLoop().execute(() -> stopIfFull(listener));
    }
  }

  private void stopIfFull(Channel listener) {
    if (open.get() >= most) {
      waits = true;
      listener.config().setAutoRead(false);
    }
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object accepted) {
    open.incrementAndGet();
    stopIfFull(ctx.channel());
    ((Channel) accepted).closeFuture().addListener(closed -> release());
    ctx.fireChannelRead(accepted);
  }

  private void goOn(ChannelHandlerContext ctx) {
    if (waits && open.get() < most) {
      waits = false;
      ctx.channel().config().setAutoRead(true);
    }
  }
}
