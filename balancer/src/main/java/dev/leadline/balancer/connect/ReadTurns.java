package dev.leadline.balancer.connect;

import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;

/**
 * Lets the event loop do other things between reads. With io_uring, Netty 4.2.17 handles up to 128
 * rounds of what all connections have to read before it runs a task: new connections, timers and
 * answers then wait for seconds while many clients send, or targets. After so many reads the next
 * ones are tasks too, and come after what waits.
 *
 * <p>One for all connections of an event loop to clients, and one for those to targets; not
 * thread-safe.
 */
@Sharable
public final class ReadTurns extends ChannelOutboundHandlerAdapter {

  private static final int READS_IN_TURN = 128;

  private int reads;

  @Override
  public void read(ChannelHandlerContext ctx) {
    if (reads < READS_IN_TURN) {
      reads++;
      ctx.read();
      return;
    }
    if (reads == READS_IN_TURN) {
      reads++;
      ctx.executor().execute(() -> reads = 0);
    }
    ChannelConfig config = ctx.channel().config();
    boolean automatic = config.isAutoRead();
    ctx.executor()
        .execute(
            () -> {
              if (!automatic || config.isAutoRead()) { // Else it was paused in the meantime.
                ctx.read();
              }
            });
  }
}
