package dev.leadline.balancer.proxy;

import dev.leadline.balancer.observe.EndReason;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.vertx.core.http.Http1ServerConfig;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.impl.http1.Http1ServerConnection;
import io.vertx.core.http.impl.http1.VertxHttpRequestDecoder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decodes requests of HTTP/1 as Vert.x does, and is stricter where its leniency could make a target
 * read a request differently from us: only HTTP/1.0 and HTTP/1.1, only chunk sizes that are sizes,
 * no body without a header that announces it.
 *
 * <p>A body that is malformed does not close the connection, as it would in Vert.x: the request
 * hears of it, and can still be answered.
 */
class RequestDecoder extends VertxHttpRequestDecoder {

  /** What stands for the request target of a request line that cannot be read. */
  static final String UNREADABLE = "-";

  // What comes next of a body that comes in chunks, beside a number of bytes.
  private static final long CHUNK_SIZE = 0;
  private static final long TRAILERS = -1;
  private static final long NO_CHUNKS = -2;

  private final Http1ServerConnection connection;
  private long bytesOfChunk = NO_CHUNKS;
  private boolean broken;
  private boolean isHttp10;
  private @Nullable String authority;

  RequestDecoder(Http1ServerConnection connection, HttpServerOptions options) {
    super(
        new Http1ServerConfig()
            .setMaxInitialLineLength(options.getMaxInitialLineLength())
            .setMaxHeaderSize(options.getMaxHeaderSize())
            .setMaxChunkSize(options.getMaxChunkSize()));
    this.connection = connection;
  }

  /** One space on each side, and nothing else that some take for one. */
  @Override
  protected String splitSecondWordInitialLine(byte[] line, int start, int length) {
    int end = start + length;
    boolean apart =
        start > 1
            && line[start - 1] == ' '
            && line[start - 2] > ' '
            && end + 1 < line.length
            && line[end] == ' '
            && line[end + 1] > ' ';
    if (!apart) {
      throw new Refused(EndReason.MALFORMED);
    }
    return super.splitSecondWordInitialLine(line, start, length);
  }

  @Override
  protected HttpMessage createMessage(String[] line) {
    if (!line[2].equals("HTTP/1.1") && !line[2].equals("HTTP/1.0")) {
      throw new Refused(isVersion(line[2]) ? EndReason.VERSION : EndReason.MALFORMED);
    }
    // Netty takes the first of several Content-Lengths on HTTP/1.0: as one of 1.1 it is refused.
    isHttp10 = line[2].equals("HTTP/1.0");
    line[2] = "HTTP/1.1";
    authority = null;
    if (!line[1].startsWith("/")) {
      toOriginForm(line);
    }
    return super.createMessage(line);
  }

  /** Netty's own is one of HTTP/1.0, and so would be the answer. */
  @Override
  protected HttpMessage createInvalidMessage() {
    return new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, UNREADABLE);
  }

  private static boolean isVersion(String text) {
    return text.length() == 8
        && text.startsWith("HTTP/")
        && Character.digit(text.charAt(5), 10) >= 0
        && text.charAt(6) == '.'
        && Character.digit(text.charAt(7), 10) >= 0;
  }

  /**
   * A whole URL as the request target becomes a path, and its authority the Host, whatever the
   * client says there (RFC 9112, section 3.2.2).
   */
  private void toOriginForm(String[] line) {
    String target = line[1];
    int start =
        target.regionMatches(true, 0, "http://", 0, 7)
            ? 7
            : target.regionMatches(true, 0, "https://", 0, 8) ? 8 : -1;
    if (start < 0) {
      return;
    }
    int end = start;
    while (end < target.length() && "/?#".indexOf(target.charAt(end)) < 0) {
      end++;
    }
    if (end == start) {
      throw new Refused(EndReason.PATH_FORM);
    }
    authority = target.substring(start, end);
    String rest = target.substring(end);
    boolean whole = rest.isEmpty() && line[0].equals("OPTIONS");
    line[1] = whole ? "*" : rest.startsWith("/") ? rest : "/" + rest;
  }

  @Override
  protected void decode(ChannelHandlerContext channel, ByteBuf buffer, List<Object> out)
      throws Exception {
    if (broken) {
      buffer.skipBytes(buffer.readableBytes());
      return;
    }
    int lineLength = 0;
    long size = -1;
    if (bytesOfChunk == CHUNK_SIZE) {
      lineLength = buffer.bytesBefore((byte) '\n') + 1;
      size = lineLength == 0 ? -1 : chunkSize(buffer, lineLength);
      if (lineLength > 0 && size < 0) {
        refuseBody(buffer, out);
        return;
      }
    }
    int start = buffer.readerIndex();
    int before = out.size();
    super.decode(channel, buffer, out);
    if (bytesOfChunk > 0) {
      bytesOfChunk -= buffer.readerIndex() - start;
    } else if (size == 0) {
      bytesOfChunk = TRAILERS;
    } else if (size > 0) {
      bytesOfChunk = size + 2 - (buffer.readerIndex() - start - lineLength);
    }
    if (out.size() > before) {
      decoded(out, before);
    }
  }

  private void decoded(List<Object> out, int first) {
    HttpObject last = (HttpObject) out.get(out.size() - 1);
    if (out.get(first) instanceof HttpRequest request) {
      if (request.decoderResult().isSuccess()) {
        begin(request, last instanceof LastHttpContent);
      }
    } else if (last instanceof LastHttpContent) {
      bytesOfChunk = NO_CHUNKS;
      if (!last.decoderResult().isSuccess()) {
        last.setDecoderResult(DecoderResult.failure(new Refused(EndReason.BODY_FORM)));
      }
    }
  }

  private void begin(HttpRequest request, boolean isWhole) {
    HttpHeaders headers = request.headers();
    if (isHttp10) {
      request.setProtocolVersion(HttpVersion.HTTP_1_0);
    }
    if (authority != null && headers.getAll(HttpHeaderNames.HOST).size() <= 1) {
      if (isHttp10 || headers.contains(HttpHeaderNames.HOST)) {
        headers.set(HttpHeaderNames.HOST, authority);
      }
    }
    endsConnection(headers);
    if (isWhole) {
      return;
    }
    String length = headers.get(HttpHeaderNames.CONTENT_LENGTH);
    if (length != null) {
      if (length.charAt(0) == '0') {
        headers.set(HttpHeaderNames.CONTENT_LENGTH, Long.toString(Long.parseLong(length)));
      }
    } else if (headers.contains(HttpHeaderNames.TRANSFER_ENCODING)) {
      bytesOfChunk = CHUNK_SIZE;
    } else {
      // Netty reads eight bytes after the head of a WebSocket of before 2010.
      request.setDecoderResult(DecoderResult.failure(new Refused(EndReason.OLD_WEBSOCKET)));
    }
  }

  /** Vert.x does not find "close" in a list of other names. */
  private static void endsConnection(HttpHeaders headers) {
    String connection = headers.get(HttpHeaderNames.CONNECTION);
    if (connection != null
        && connection.indexOf(',') >= 0
        && headers.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE, true)) {
      headers.add(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    }
  }

  /** The size in this line, or -1 if it is not {@code 1*HEXDIG [OWS ";" ...] CRLF}. */
  private static long chunkSize(ByteBuf buffer, int lineLength) {
    int start = buffer.readerIndex();
    int end = start + lineLength - 2;
    if (end <= start || buffer.getByte(end) != '\r') {
      return -1;
    }
    long size = 0;
    int at = start;
    for (; at < end; at++) {
      int digit = Character.digit(buffer.getByte(at), 16);
      if (digit < 0) {
        break;
      }
      size = size * 16 + digit;
      if (size > Integer.MAX_VALUE) {
        return -1;
      }
    }
    return at > start && (at == end || isExtension(buffer, at, end)) ? size : -1;
  }

  private static boolean isExtension(ByteBuf buffer, int start, int end) {
    int at = start;
    while (at < end && (buffer.getByte(at) == ' ' || buffer.getByte(at) == '\t')) {
      at++;
    }
    if (at == end || buffer.getByte(at) != ';') {
      return false;
    }
    for (; at < end; at++) {
      byte next = buffer.getByte(at);
      if ((next >= 0 && next < 0x20 && next != '\t') || next == 0x7f) {
        return false;
      }
    }
    return true;
  }

  /** From here on it is not known where the body ends: nothing more is read. */
  private void refuseBody(ByteBuf buffer, List<Object> out) {
    broken = true;
    buffer.skipBytes(buffer.readableBytes());
    LastHttpContent content = new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER);
    content.setDecoderResult(DecoderResult.failure(new Refused(EndReason.BODY_FORM)));
    out.add(content);
  }

  /** Vert.x reports a malformed body here, and closes the connection if it hears of it. */
  @Override
  public void exceptionCaught(ChannelHandlerContext channel, Throwable cause) throws Exception {
    if (cause instanceof Refused refused && refused.reason() == EndReason.BODY_FORM) {
      connection.handleException(cause);
    } else {
      super.exceptionCaught(channel, cause);
    }
  }
}
