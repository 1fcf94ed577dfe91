package dev.leadline.balancer.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Refuses a PROXY header of somebody who may not send one. Without this the log would only say that
 * a request is malformed. Any other connection goes on as it is. Not thread-safe.
 */
final class UntrustedHeader extends ChannelInboundHandlerAdapter {

  private static final List<ByteBuf> BEGINNINGS =
      List.of(beginning("PROXY "), beginning("\r\n\r\n\0\r\nQUIT\n"));

  private final ProxyHeaders headers;

  UntrustedHeader(ProxyHeaders headers) {
    this.headers = headers;
  }

  private static ByteBuf beginning(String text) {
    return Unpooled.unreleasableBuffer(
        Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII).asReadOnly());
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (message instanceof ByteBuf bytes && isHeader(bytes)) {
      bytes.release();
      headers.refuse(
          context.channel(),
          "it sent a PROXY header, and its address is not in listener.proxyProtocol.from");
      return;
    }
    context.fireChannelRead(message);
    context.pipeline().remove(this);
  }

  private static boolean isHeader(ByteBuf bytes) {
    for (ByteBuf beginning : BEGINNINGS) {
      int length = beginning.readableBytes();
      if (bytes.readableBytes() >= length
          && ByteBufUtil.equals(bytes, bytes.readerIndex(), beginning, 0, length)) {
        return true;
      }
    }
    return false;
  }
}
