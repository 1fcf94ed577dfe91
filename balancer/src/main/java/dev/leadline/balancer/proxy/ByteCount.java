package dev.leadline.balancer.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;

/**
 * Counts what comes and goes. One for all clients' connections of an event loop; not thread-safe.
 */
@Sharable
final class ByteCount extends ChannelDuplexHandler {

  private long bytes;

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    count(message);
    context.fireChannelRead(message);
  }

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // The promise is the writer's.
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    count(message);
    context.write(message, promise);
  }

  private void count(Object message) {
    if (message instanceof ByteBuf buffer) {
      bytes += buffer.readableBytes();
    }
  }

  /** Bytes so far. */
  long bytes() {
    return bytes;
  }
}
