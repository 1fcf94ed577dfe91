package dev.leadline.balancer.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.List;

/**
 * Refuses a PROXY header of somebody who may not send one, also one that comes in pieces. Without
 * this the log would only say that a request is malformed, and a TCP listener would pass a forged
 * client on to its targets. Any other connection goes on as it is. Not thread-safe.
 */
final class UntrustedHeader extends ByteToMessageDecoder {

  private final ProxyHeaders headers;
  private boolean refused;

  UntrustedHeader(ProxyHeaders headers) {
    this.headers = headers;
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf bytes, List<Object> out) {
    HeaderBeginning beginning = refused ? HeaderBeginning.HEADER : HeaderBeginning.of(bytes);
    if (beginning == HeaderBeginning.OTHER) {
      context.pipeline().remove(this); // It hands on what has come.
    } else if (beginning == HeaderBeginning.HEADER) {
      bytes.skipBytes(bytes.readableBytes());
      if (!refused) {
        refused = true;
        headers.refuse(
            context.channel(),
            "it sent a PROXY header, and its address is not in listener.proxyProtocol.from");
      }
    }
  }

  /** No more comes: the beginning of a header alone is none. */
  @Override
  protected void decodeLast(ChannelHandlerContext context, ByteBuf bytes, List<Object> out) {
    decode(context, bytes, out);
    if (!refused && bytes.isReadable() && !context.isRemoved()) {
      out.add(bytes.readRetainedSlice(bytes.readableBytes()));
    }
  }
}
