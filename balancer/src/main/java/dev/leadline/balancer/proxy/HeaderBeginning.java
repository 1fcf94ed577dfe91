package dev.leadline.balancer.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Whether a connection begins with a PROXY header, by the first bytes of it. */
enum HeaderBeginning {
  /** It does, with one of either version. */
  HEADER,
  /** Something else begins there. */
  OTHER,
  /** Too few bytes have come to say. */
  UNCLEAR;

  private static final List<ByteBuf> BEGINNINGS =
      List.of(beginning("PROXY "), beginning("\r\n\r\n\0\r\nQUIT\n"));

  /** So many say it for certain. */
  static final int MOST_BYTES =
      BEGINNINGS.stream().mapToInt(ByteBuf::readableBytes).max().orElseThrow();

  private static ByteBuf beginning(String text) {
    return Unpooled.unreleasableBuffer(
        Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII).asReadOnly());
  }

  /** What all bytes of a connection until now say. */
  static HeaderBeginning of(ByteBuf bytes) {
    HeaderBeginning found = OTHER;
    for (ByteBuf beginning : BEGINNINGS) {
      int length = Math.min(bytes.readableBytes(), beginning.readableBytes());
      if (ByteBufUtil.equals(bytes, bytes.readerIndex(), beginning, 0, length)) {
        found = length == beginning.readableBytes() ? HEADER : UNCLEAR;
      }
      if (found == HEADER) {
        return HEADER;
      }
    }
    return found;
  }
}
