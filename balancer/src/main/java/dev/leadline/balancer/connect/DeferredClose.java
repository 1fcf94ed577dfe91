package dev.leadline.balancer.connect;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;

/**
 * Closes a connection after the read that is going on, and begins no read from then on. With
 * io_uring, Netty 4.2.17 otherwise takes it for closed while the kernel keeps its socket open for a
 * read that nobody waits for, and the other side never hears of it: so for a close within a read,
 * and for a read between a close and the end of the write that the close waits for.
 *
 * <p>One for each connection, at the beginning of its pipeline; not thread-safe.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Who closes has the promise.
public final class DeferredClose extends ChannelOutboundHandlerAdapter {

  private boolean closing;

  @Override
  public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
    closing = true;
    ctx.executor().execute(() -> ctx.close(promise));
  }

  @Override
  public void read(ChannelHandlerContext ctx) {
    if (!closing) {
      ctx.read();
    }
  }

  /** Closes a connection past its other handlers, which may wait until all is written. */
  static void closeAtOnce(Channel connection) {
    ChannelHandlerContext ctx = connection.pipeline().context(DeferredClose.class);
    ((DeferredClose) ctx.handler()).close(ctx, connection.newPromise());
  }
}
