package dev.leadline.balancer.connect;

import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;

/**
 * Closes a connection after the read that is going on. With io_uring, Netty 4.2.17 may otherwise
 * take it for closed while the kernel keeps its socket open for a read that nobody waits for, and
 * the other side never hears of it.
 */
@Sharable
@SuppressWarnings("FutureReturnValueIgnored") // Who closes has the promise.
public final class DeferredClose extends ChannelOutboundHandlerAdapter {

  /** Has no state: one is enough. Belongs at the beginning of a pipeline. */
  public static final DeferredClose INSTANCE = new DeferredClose();

  private DeferredClose() {}

  @Override
  public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
    ctx.executor().execute(() -> ctx.close(promise));
  }
}
