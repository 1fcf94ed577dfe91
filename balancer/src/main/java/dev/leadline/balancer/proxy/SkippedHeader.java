package dev.leadline.balancer.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import java.util.List;

/**
 * Takes a PROXY header off a connection if it begins with one, and believes nothing of it. Not
 * thread-safe.
 */
final class SkippedHeader extends ByteToMessageDecoder {

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf bytes, List<Object> out) {
    HeaderBeginning beginning = HeaderBeginning.of(bytes);
    if (beginning == HeaderBeginning.UNCLEAR) {
      return;
    }
    if (beginning == HeaderBeginning.HEADER) {
      context
          .pipeline()
          .addAfter(context.name(), null, new Forgetting())
          .addAfter(context.name(), null, new HAProxyMessageDecoder(ProxyHeaders.MAX_TLV_BYTES));
    }
    context.pipeline().remove(this); // It hands on what has come.
  }

  /** No more comes: the beginning of a header alone is none. */
  @Override
  protected void decodeLast(ChannelHandlerContext context, ByteBuf bytes, List<Object> out) {
    if (bytes.isReadable()) {
      out.add(bytes.readRetainedSlice(bytes.readableBytes()));
    }
  }

  /** Lets go of the header that was read. */
  private static final class Forgetting extends SimpleChannelInboundHandler<HAProxyMessage> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, HAProxyMessage header) {
      context.pipeline().remove(this);
    }
  }
}
