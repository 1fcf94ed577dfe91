package dev.leadline.balancer.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.http.HttpConnection;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the frames of a client of HTTP/2 before they are decoded. A head that does not end, or a
 * frame of which only a part has come, is in memory without a sign of it elsewhere: here it counts
 * as an {@link UnfinishedHead}. A client that sends very many frames that belong to no request is
 * closed. Not thread-safe: it belongs to the event loop of its connection.
 */
@SuppressWarnings("FutureReturnValueIgnored") // A close that fails leaves nothing to do.
final class FrameWatch extends ChannelInboundHandlerAdapter {

  /** Between two sweeps; a client that measures round trips sends some ten PINGs a second. */
  private static final int MOST_CONTROL_FRAMES = 1000;

  private static final int PREFACE_BYTES = 24;
  private static final int HEADER_BYTES = 9;
  private static final int END_HEADERS = 4;
  private static final int NO_TYPE = -1;

  private @Nullable ClientConnections connections;
  private @Nullable UnfinishedHead head;
  private @Nullable ChannelHandlerContext context;

  // The frame that the next byte belongs to; the preface counts as the payload of one.
  private int type = NO_TYPE;
  private int length;
  private int headerBytes;
  private int payloadLeft = PREFACE_BYTES;
  private boolean inHead;
  private int unfinishedBytes;

  private long countedSinceNanos;
  private int controlFrames;
  private boolean refused;

  /** Puts one into the pipeline of a connection with TLS as soon as HTTP/2 is agreed upon. */
  static void onceAgreed(ChannelPipeline pipeline) {
    pipeline.addAfter("ssl", null, new Agreement());
  }

  private static final class Agreement extends ChannelInboundHandlerAdapter {
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event instanceof SslHandshakeCompletionEvent) {
        SslHandler tls = ctx.pipeline().get(SslHandler.class);
        if (tls != null && "h2".equals(tls.applicationProtocol())) {
          ctx.pipeline().addAfter(ctx.name(), null, new FrameWatch());
        }
        ctx.pipeline().remove(this);
      }
      ctx.fireUserEventTriggered(event);
    }
  }

  /** The one of a connection of HTTP/2. */
  static FrameWatch of(HttpConnection connection) {
    return ClientConnection.channel(connection).pipeline().get(FrameWatch.class);
  }

  /** The connection has told its settings: from now on it counts among these. */
  void use(ClientConnections all) {
    connections = all;
    head =
        new UnfinishedHead(all) {
          @Override
          void close() {
            ctx().executor().execute(ctx()::close);
          }

          @Override
          boolean refuseLate() {
            return FrameWatch.this.refuseLate(this);
          }
        };
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (refused) {
      ReferenceCountUtil.release(message);
      return;
    }
    look((ByteBuf) message);
    ctx.fireChannelRead(message);
    if (head != null) {
      head.account(inHead || headerBytes > 0 || payloadLeft > 0 ? unfinishedBytes : 0);
    }
    if (controlFrames > MOST_CONTROL_FRAMES) {
      refuse("too many frames that belong to no request");
    }
  }

  private void look(ByteBuf bytes) {
    int at = bytes.readerIndex();
    int end = bytes.writerIndex();
    while (at < end) {
      int part = 1;
      if (payloadLeft > 0) {
        part = Math.min(payloadLeft, end - at);
        payloadLeft -= part;
      } else {
        header(bytes.getByte(at));
      }
      at += part;
      unfinishedBytes += part;
      if (payloadLeft == 0 && headerBytes == 0 && !inHead) {
        unfinishedBytes = 0;
      }
    }
  }

  /** The next byte of a frame's header: three of length, type, flags, four of the stream's id. */
  private void header(byte next) {
    switch (headerBytes++) {
      case 0, 1, 2 -> length = (length << 8) | (next & 0xff);
      case 3 -> type = next;
      case 4 -> {
        if (type == Http2FrameTypes.HEADERS || type == Http2FrameTypes.CONTINUATION) {
          inHead = (next & END_HEADERS) == 0;
        }
      }
      case HEADER_BYTES - 1 -> {
        headerBytes = 0;
        payloadLeft = length;
        length = 0;
        if (isControl() && connections != null) {
          count(connections.nowNanos());
        }
      }
      default -> {}
    }
  }

  private boolean isControl() {
    return switch (type) {
      case Http2FrameTypes.DATA,
          Http2FrameTypes.HEADERS,
          Http2FrameTypes.CONTINUATION,
          Http2FrameTypes.RST_STREAM, // Netty counts them.
          Http2FrameTypes.WINDOW_UPDATE ->
          false;
      default -> true;
    };
  }

  private void count(long nowNanos) {
    if (countedSinceNanos != nowNanos) {
      countedSinceNanos = nowNanos;
      controlFrames = 0;
    }
    controlFrames++;
  }

  /** A body may take its time, and a client that is not read cannot go on. */
  private boolean refuseLate(UnfinishedHead late) {
    if (type == Http2FrameTypes.DATA || !ctx().channel().config().isAutoRead()) {
      int bytes = late.bytes();
      late.account(0);
      late.account(bytes);
      return false;
    }
    refuse("a head that has taken too long");
    return true;
  }

  private void refuse(String why) {
    refused = true;
    ctx().channel().config().setAutoRead(false);
    ctx().fireExceptionCaught(Http2Exception.connectionError(Http2Error.ENHANCE_YOUR_CALM, why));
    // Netty closes when the GOAWAY is written, and a client may take nothing.
    ctx().executor().schedule(() -> ctx().close(), Answers.LINGER_MILLIS, TimeUnit.MILLISECONDS);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    if (head != null) {
      head.account(0);
    }
  }

  private ChannelHandlerContext ctx() {
    return Objects.requireNonNull(context, "not in a pipeline");
  }
}
