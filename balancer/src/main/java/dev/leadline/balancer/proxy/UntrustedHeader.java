package dev.leadline.balancer.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;

/**
 * Refuses a PROXY header of somebody who may not send one, also one that comes in pieces. Without
 * this the log would only say that a request is malformed, and a TCP listener would pass a forged
 * client on to its targets. Any other connection goes on as it is. Nothing is held back: who sends
 * {@code P} may wait for an answer to it. What would complete the beginning of a header is not
 * passed on, and what came before is none. Not thread-safe.
 */
final class UntrustedHeader extends ChannelInboundHandlerAdapter {

  private final ProxyHeaders headers;
  private ByteBuf before = Unpooled.EMPTY_BUFFER;
  private boolean refused;

  UntrustedHeader(ProxyHeaders headers) {
    this.headers = headers;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (refused || !(message instanceof ByteBuf bytes)) {
      ReferenceCountUtil.release(message);
      return;
    }
    int length = Math.min(bytes.readableBytes(), HeaderBeginning.MOST_BYTES);
    before = Unpooled.copiedBuffer(before, bytes.slice(bytes.readerIndex(), length));
    switch (HeaderBeginning.of(before)) {
      case OTHER -> {
        context.pipeline().remove(this);
        context.fireChannelRead(bytes);
      }
      case UNCLEAR -> context.fireChannelRead(bytes);
      case HEADER -> {
        bytes.release();
        refused = true;
        headers.refuse(
            context.channel(),
            "it sent a PROXY header, and its address is not in listener.proxyProtocol.from");
      }
    }
  }
}
