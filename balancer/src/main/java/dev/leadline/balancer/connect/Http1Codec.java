package dev.leadline.balancer.connect;

import dev.leadline.balancer.connect.AnswerException.Problem;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpHeadersFactory;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.AsciiString;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.Future;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.impl.headers.Http1xHeaders;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.PromiseInternal;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/1.1 on the wire to a target, one {@linkplain Http1Exchange exchange} at a time. It is
 * stricter than Netty's decoder: bytes that belong to no request close the connection at once.
 * While an answer is paused, what has come of it stays undecoded, and the rest in the kernel. Not
 * thread-safe: it belongs to the event loop of its connection.
 */
@SuppressWarnings("FutureReturnValueIgnored") // A write that fails closes the connection.
final class Http1Codec extends HttpResponseDecoder {

  private static final int MAX_CHUNK_BYTES = 64 * 1024;
  private static final int USUAL_HEAD_BYTES = 256;

  /** Vert.x's headers, which validate as Netty's do: a copy of an answer's needs no conversion. */
  private static final HttpHeadersFactory VERTX_HEADERS =
      new HttpHeadersFactory() {
        @Override
        public HttpHeaders newHeaders() {
          return Http1xHeaders.httpHeaders();
        }

        @Override
        public HttpHeaders newEmptyHeaders() {
          return newHeaders();
        }
      };

  private final ContextInternal context;
  private final String authority;
  private @Nullable ChannelHandlerContext pipeline;
  private @Nullable Http1Exchange exchange;
  private boolean reusable = true;
  private boolean hasSurplus;
  private int lastReadBytes;
  private boolean paused;
  private boolean reading;
  private boolean decodingSoon;

  /**
   * @param authority of requests that have no Host
   */
  Http1Codec(ContextInternal context, String authority) {
    super(
        new HttpDecoderConfig()
            .setMaxInitialLineLength(AnswerLimits.HEAD_BYTES)
            .setMaxHeaderSize(AnswerLimits.HEAD_BYTES)
            .setMaxChunkSize(MAX_CHUNK_BYTES)
            .setHeadersFactory(VERTX_HEADERS)
            .setInitialBufferSize(USUAL_HEAD_BYTES));
    this.context = context;
    this.authority = authority;
  }

  String authority() {
    return authority;
  }

  Channel channel() {
    return ctx().channel();
  }

  /** Begins the next exchange; the last one is over. */
  Http1Exchange begin(TargetRequest.Listener listener) {
    Http1Exchange begun = new Http1Exchange(this, listener);
    exchange = begun;
    reusable = false;
    paused = false;
    return begun;
  }

  /** Whether this exchange is the one that is going on. */
  boolean isAt(Http1Exchange which) {
    return exchange == which;
  }

  boolean isReusable() {
    return reusable && !hasSurplus && actualReadableBytes() == 0;
  }

  /** The answer of the exchange is complete. */
  void ended(boolean mayGoOn) {
    exchange = null;
    reusable = mayGoOn;
    paused = false;
  }

  /**
   * Resets the connection, with whatever is going on there. A regular close would wait until all is
   * written, and a target that does not read would keep it for minutes.
   */
  void resetConnection() {
    exchange = null;
    Channel channel = channel();
    if (channel.isOpen()) {
      channel.config().setOption(ChannelOption.SO_LINGER, 0);
      DeferredClose.closeAtOnce(channel);
    }
  }

  /** The exchange has failed; its listener hears it later, and not within what it does now. */
  void failSoon(Http1Exchange which, Throwable cause) {
    context.runOnContext(
        later -> {
          if (isAt(which)) {
            fail(cause);
          }
        });
  }

  private void fail(Throwable cause) {
    Http1Exchange failed = exchange;
    if (failed != null && failed.isAnswerComplete()) {
      failed.goOn();
    } else if (failed != null) {
      resetConnection();
      failed.failed(cause);
    }
  }

  /** A buffer to write to; {@link #send} or {@link #write} releases it. */
  ByteBuf buffer(int bytes) {
    return ctx().alloc().directBuffer(bytes);
  }

  /** Sends this; that it fails is heard as a failure of the exchange. */
  void send(ByteBuf bytes) {
    ctx().writeAndFlush(bytes, ctx().voidPromise());
  }

  /**
   * Sends this; the result comes when it is on its way, or never will be. That it fails is heard as
   * a failure of the exchange too, before the end of the connection: that one could look like the
   * regular end of an answer without a length.
   */
  Future<Void> write(ByteBuf bytes) {
    Http1Exchange of = exchange;
    PromiseInternal<Void> written = context.promise();
    ctx()
        .writeAndFlush(bytes)
        .addListener(
            done -> {
              if (!done.isSuccess() && of != null && isAt(of)) {
                context.dispatch(() -> fail(done.cause()));
              }
            })
        .addListener(written);
    return written.future();
  }

  boolean isPaused() {
    return paused;
  }

  void pause() {
    paused = channel().isActive(); // What came before the end is a part of the answer.
    if (paused && lastReadBytes >= PausedReads.LARGE_BYTES) {
      channel().config().setAutoRead(false);
    }
  }

  void resume() {
    if (!paused) {
      return;
    }
    paused = false;
    if (!reading && !decodingSoon) {
      decodingSoon = true;
      ctx().executor().execute(this::decodeHeld);
    }
    if (!reading && actualReadableBytes() == 0) {
      readOn();
    }
  }

  /** Reads again: not before all that is held has been decoded, or it would become more. */
  private void readOn() {
    if (!paused && !channel().config().isAutoRead()) {
      channel().config().setAutoRead(true);
    }
  }

  private void decodeHeld() {
    decodingSoon = false;
    if (paused || ctx().isRemoved()) {
      return;
    }
    Http1Exchange of = exchange;
    if (of != null && of.isAnswerComplete()) {
      context.dispatch(of::goOn);
    }
    try {
      read(Unpooled.EMPTY_BUFFER);
      channelReadComplete(ctx());
    } catch (Exception e) {
      exceptionCaught(ctx(), e);
    }
  }

  /** Leaves the connection to another handler, with what has come after the head of the answer. */
  void handOver(ChannelHandler next) {
    exchange = null;
    ctx().pipeline().addLast(next).remove(this);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    pipeline = ctx;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
    ByteBuf bytes = (ByteBuf) message;
    Http1Exchange of = exchange;
    if (hasSurplus || of == null || !of.isSent() || of.isAnswerComplete()) {
      hasSurplus = true; // It must not be taken for a part of the next answer.
      bytes.release();
      ctx.close();
      return;
    }
    Problem problem = of.hasAnswerBegun() ? null : of.begin(bytes);
    if (problem != null) {
      bytes.release();
      exceptionCaught(ctx, new AnswerException(problem));
      return;
    }
    lastReadBytes = bytes.readableBytes();
    if (paused) {
      ctx.channel().config().setAutoRead(false);
    }
    read(bytes);
  }

  private void read(ByteBuf bytes) throws Exception {
    ContextInternal before = context.beginDispatch();
    reading = true;
    try {
      super.channelRead(ctx(), bytes);
    } finally {
      reading = false;
      context.endDispatch(before);
    }
    readOn();
    if (exchange == null && actualReadableBytes() > 0) {
      ctx().close(); // More has come than the answer.
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
    if (!paused) { // Netty's decoder reads on where it has decoded nothing.
      super.channelReadComplete(ctx);
    }
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
    if (!paused && exchange != null) {
      super.decode(ctx, in, out);
      take(out);
    }
  }

  /** What the end of the connection means for an answer that is not complete. */
  @Override
  protected void decodeLast(ChannelHandlerContext ctx, ByteBuf in, List<Object> out)
      throws Exception {
    if (exchange == null) {
      return;
    }
    super.decodeLast(ctx, in, out);
    if (out.contains(LastHttpContent.EMPTY_LAST_CONTENT) && !isEndOfTls()) {
      out.clear();
      fail(new AnswerException(Problem.CUT_OFF));
    }
    take(out);
  }

  /**
   * Whether the target has ended TLS, or never spoke it. Anyone on the way can end a connection;
   * only the target can say with a close_notify that it has nothing more to send (RFC 8446, section
   * 6.1).
   */
  private boolean isEndOfTls() {
    SslHandler tls = ctx().pipeline().get(SslHandler.class);
    return tls == null || tls.sslCloseFuture().isSuccess();
  }

  /** Gives what was decoded to the exchange: there is no other handler that it is for. */
  private void take(List<Object> decoded) {
    try {
      for (int i = 0; i < decoded.size(); i++) {
        Http1Exchange of = exchange;
        if (of != null) {
          take(of, decoded.get(i));
        }
      }
    } finally {
      for (int i = 0; i < decoded.size(); i++) {
        ReferenceCountUtil.release(decoded.get(i));
      }
      decoded.clear();
    }
  }

  /** An exception of who takes a part is its own, and not that of the exchange that comes next. */
  private void take(Http1Exchange of, Object part) {
    try {
      give(of, part);
    } catch (RuntimeException e) {
      context.reportException(e);
      if (isAt(of)) {
        fail(e);
      }
    }
  }

  private void give(Http1Exchange of, Object part) {
    Throwable problem = null;
    if (part instanceof HttpMessage message && message.decoderResult().isFailure()) {
      problem = message.decoderResult().cause();
    } else if (part instanceof HttpResponse head) {
      problem = of.head(head);
    } else if (part instanceof HttpContent content) {
      problem = content.decoderResult().cause();
      if (problem == null) {
        of.content(content);
      }
    }
    if (problem != null) {
      fail(problem);
    }
  }

  /**
   * Netty cuts a name at its first space and ignores the rest. Only spaces before the colon may be
   * ignored (RFC 9112, section 5.1).
   */
  @Override
  protected AsciiString splitHeaderName(byte[] line, int start, int length) {
    int end = start + length;
    while (end < line.length && (line[end] == ' ' || line[end] == '\t')) {
      end++;
    }
    if (end == line.length || line[end] != ':') {
      throw new IllegalArgumentException("a header's name has a space");
    }
    return super.splitHeaderName(line, start, length);
  }

  @Override
  protected boolean isContentAlwaysEmpty(HttpMessage answer) {
    Http1Exchange of = exchange;
    return super.isContentAlwaysEmpty(answer)
        || (of != null && of.isHead() && !Http1Exchange.isInterim((HttpResponse) answer));
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws Exception {
    ContextInternal before = context.beginDispatch();
    try {
      paused = false;
      Http1Exchange of = exchange;
      if (of != null) {
        of.goOn();
      }
      super.channelInactive(ctx);
      if (exchange != null) {
        fail(new HttpClosedException("the target closed the connection"));
      }
    } finally {
      context.endDispatch(before);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (exchange == null) {
      ctx.close();
    } else {
      context.dispatch(() -> fail(cause));
    }
  }

  private ChannelHandlerContext ctx() {
    return Objects.requireNonNull(pipeline, "not in a pipeline");
  }
}
