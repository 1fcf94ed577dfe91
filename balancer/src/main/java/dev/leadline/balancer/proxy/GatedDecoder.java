package dev.leadline.balancer.proxy;

import dev.leadline.balancer.connect.PausedReads;
import dev.leadline.balancer.observe.EndReason;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.AsciiString;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.impl.headers.HeadersAdaptor;
import io.vertx.core.http.impl.http1.Http1ServerConnection;
import io.vertx.core.net.impl.ConnectionBase;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Decodes the requests of an HTTP/1 connection one at a time: the next one is not looked at before
 * the answer to the last one is written, and a body not while it is paused. What arrives in the
 * meantime stays in the kernel; of a client that sends little, the next read stays here undecoded.
 *
 * <p>It takes the place of Vert.x's decoder in the pipeline, because that is where bytes and
 * messages meet. Not thread-safe: it belongs to the event loop of its connection.
 */
@SuppressWarnings(
    "FutureReturnValueIgnored") // A write that fails closes the connection, which is heard of.
final class GatedDecoder extends RequestDecoder implements ReadGate {

  /** Nothing is read beyond it to find the end of a client's side. */
  private static final int MOST_HELD_BYTES = 64 * 1024;

  private static final String NAME = "httpDecoder";
  private static final String ENCODER = "httpEncoder";
  private static final ByteBuf EMPTY_LINE =
      Unpooled.unreleasableBuffer(
          Unpooled.copiedBuffer("\r\n\r\n", StandardCharsets.US_ASCII).asReadOnly());

  /** No request has come: it is no {@link EndReason}, and is counted with the limits. */
  private static final byte[] LATE_HEAD =
      OwnBody.lastAnswer(408, "head_timeout", "the head of the request did not come in time");

  private final ClientConnections connections;
  private final int maxHeaders;
  private final UnfinishedHead head;
  private final ChannelFutureListener answerWritten = this::answerWritten;
  private @Nullable ChannelHandlerContext context;
  private @Nullable HttpMessage request;
  private RequestTrailers trailers = RequestTrailers.NONE;
  private int headerCount;
  private int headBytes;
  private int lastReadBytes;
  private long readBytes;
  private long bodyBytes;
  private long quietSinceNanos;
  private boolean reading;
  private boolean decodingSoon;
  private boolean inBody;
  private boolean answerOwed;
  private boolean paused;
  private boolean malformed;
  private boolean inputEnded;

  GatedDecoder(
      Http1ServerConnection connection,
      HttpServerOptions options,
      int maxHeaders,
      ClientConnections connections) {
    super(connection, options);
    this.maxHeaders = maxHeaders;
    this.connections = connections;
    head =
        new UnfinishedHead(connections) {
          @Override
          void close() {
            GatedDecoder.this.close();
          }

          @Override
          boolean refuseLate() {
            refuseLateHead();
            return true;
          }
        };
    quietSinceNanos = connections.nowNanos();
  }

  /** Puts it into the pipeline of a connection that has just been accepted. */
  void install(ConnectionBase connection) {
    var pipeline = connection.channel().pipeline();
    pipeline.addAfter(ENCODER, null, new Answers());
    pipeline.replace(NAME, NAME, this);
  }

  /** The gate of the connection that a request came on. */
  static ReadGate of(HttpConnection connection) {
    if (connection instanceof ConnectionBase base
        && base.channel().pipeline().get(NAME) instanceof GatedDecoder decoder) {
      return decoder;
    }
    return NONE;
  }

  /** What came after the body of the request that this connection has just brought. */
  static RequestTrailers trailers(HttpConnection connection) {
    return of(connection) instanceof GatedDecoder decoder ? decoder.trailers : RequestTrailers.NONE;
  }

  /** Tells the end of an answer, seen from between Vert.x and its encoder. */
  private final class Answers extends ChannelOutboundHandlerAdapter {
    @Override
    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
      if (msg instanceof LastHttpContent && !isInterim(msg)) {
        ctx.write(msg, promise.unvoid().addListener(answerWritten));
      } else {
        ctx.write(msg, promise);
      }
    }

    private boolean isInterim(Object msg) {
      return msg instanceof HttpResponse response && response.status().code() < 200;
    }
  }

  /**
   * Closes the connection if no request is on its way, nor a part of one.
   *
   * @param idleSinceNanos on the coarse clock of the connections: since when that has to be so
   */
  void sweep(long idleSinceNanos) {
    if (!inBody && !answerOwed && head.bytes() == 0 && quietSinceNanos - idleSinceNanos <= 0) {
      close();
    }
  }

  /**
   * The client sends nothing more, and nothing is read. What is not here yet is left in the kernel.
   *
   * @param receivedBytes of the whole connection, as the kernel counts them; with TLS these are
   *     more than what has come here
   */
  void finished(long receivedBytes) {
    HttpMessage of = request;
    if (inputEnded || !ctx().channel().isOpen()) {
      return;
    }
    if (inBody && of != null && HttpUtil.isContentLengthSet(of)) {
      long missing = HttpUtil.getContentLength(of) - bodyBytes - actualReadableBytes();
      if (receivedBytes - readBytes < missing) {
        close(); // The rest will never come.
      }
    } else if (actualReadableBytes() < MOST_HELD_BYTES) {
      ctx().read(); // The end stands behind what is there.
    }
  }

  private void refuseLateHead() {
    ctx().writeAndFlush(Unpooled.wrappedBuffer(LATE_HEAD)).addListener(ChannelFutureListener.CLOSE);
  }

  private void close() {
    ctx().close();
  }

  @Override
  public void pause() {
    paused = true;
    if (lastReadBytes >= PausedReads.LARGE_BYTES) {
      stopReading();
    }
  }

  private void stopReading() {
    ctx().channel().config().setAutoRead(false);
  }

  @Override
  public void resume() {
    paused = false;
    goOn(false);
  }

  private boolean isHeld() {
    return (paused || (answerOwed && !inBody)) && !malformed;
  }

  /**
   * @param nextTurn whether what is held is decoded in the next turn of the event loop only
   */
  private void goOn(boolean nextTurn) {
    if (isHeld() || ctx().isRemoved()) {
      return;
    }
    if (actualReadableBytes() == 0 || reading) {
      readOn();
    } else if (!decodingSoon) {
      // Not from here: an answer may be written from within the decoding of its request.
      decodingSoon = true;
      if (nextTurn) {
        ctx().executor().schedule(this::decodeHeld, 1, TimeUnit.NANOSECONDS);
      } else {
        ctx().executor().execute(this::decodeHeld);
      }
    }
  }

  private void decodeHeld() {
    decodingSoon = false;
    if (ctx().isRemoved()) {
      return;
    }
    if (!isHeld() && actualReadableBytes() > 0) {
      headBytes = actualReadableBytes();
      try {
        read(Unpooled.EMPTY_BUFFER);
        channelReadComplete(ctx());
      } catch (Exception e) {
        ctx().fireExceptionCaught(e);
      }
    }
    if (inputEnded || !isHeld()) {
      readOn();
    }
  }

  /** Reads again: not before all that is held has been decoded, or it would become more. */
  private void readOn() {
    if (inputEnded) {
      inputEnded();
    } else if (!ctx().channel().config().isAutoRead()) {
      ctx().channel().config().setAutoRead(true);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
    if (message instanceof ByteBuf bytes) {
      lastReadBytes = bytes.readableBytes();
      readBytes += lastReadBytes;
      if (isHeld()) {
        if (actualReadableBytes() > 0 || lastReadBytes >= PausedReads.LARGE_BYTES) {
          stopReading();
        }
      } else if (!inBody) {
        headBytes += lastReadBytes;
      }
    }
    read(message);
  }

  private void read(Object message) throws Exception {
    reading = true;
    try {
      super.channelRead(ctx(), message);
    } finally {
      reading = false;
    }
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
    if (isHeld()) {
      return;
    }
    super.decode(ctx, in, out);
    for (int i = 0; i < out.size(); i++) {
      decoded(out.get(i));
    }
  }

  private void decoded(Object message) {
    if (message instanceof HttpRequest begun) {
      malformed = begun.decoderResult().isFailure();
      request = begun;
      headBytes = 0;
      bodyBytes = 0;
      headerCount = 0;
      inBody = true;
      answerOwed = true;
      head.account(0);
    }
    if (message instanceof HttpContent content) {
      malformed |= content.decoderResult().isFailure();
      bodyBytes += content.content().readableBytes();
      if (content instanceof LastHttpContent last) {
        inBody = false;
        headerCount = 0;
        if (!last.trailingHeaders().isEmpty()) {
          trailers = RequestTrailers.of(new HeadersAdaptor(last.trailingHeaders()));
        }
      }
    }
  }

  /** Called for each header, before there is an object for it. */
  @Override
  protected AsciiString splitHeaderName(byte[] bytes, int start, int length) {
    if (++headerCount > maxHeaders) {
      throw new Refused(EndReason.TOO_MANY_HEADERS);
    }
    return super.splitHeaderName(bytes, start, length);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
    if (!inBody && !answerOwed && headBytes > 0) {
      head.account(headBytes);
    }
    if (isHeld()) {
      ctx.fireChannelReadComplete(); // The decoder's own would read on where nothing was decoded.
    } else {
      super.channelReadComplete(ctx);
    }
  }

  private void answerWritten(ChannelFuture written) {
    answerOwed = false;
    trailers = RequestTrailers.NONE;
    quietSinceNanos = connections.nowNanos();
    if (written.isSuccess()) {
      goOn(true); // Others come first: a thousand small requests may be held here.
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
    if (event instanceof ChannelInputShutdownEvent) {
      inputEnded = true;
      inputEnded();
    } else {
      super.userEventTriggered(ctx, event);
    }
  }

  /** The client sends nothing more. If its request is complete, it still gets its answer. */
  private void inputEnded() {
    if (decodingSoon || reading) {
      return; // What is held may be a whole request: decodeHeld comes back to this.
    }
    boolean complete = !inBody && actualReadableBytes() == 0;
    boolean mayBecomeComplete = inBody && isHeld() && isRestThere();
    if (!(complete && answerOwed) && !mayBecomeComplete && !(isHeld() && !inBody)) {
      close();
    }
  }

  /** Whether what is held may be all the rest of the body. */
  private boolean isRestThere() {
    ByteBuf held = internalBuffer();
    HttpMessage of = request;
    if (of != null && HttpUtil.isContentLengthSet(of)) {
      return HttpUtil.getContentLength(of) - bodyBytes <= held.readableBytes();
    }
    // An empty line ends the trailers. The next request may stand behind it.
    return ByteBufUtil.indexOf(EMPTY_LINE, held) >= 0;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  @Override
  protected void handlerRemoved0(ChannelHandlerContext ctx) throws Exception {
    head.account(0);
    super.handlerRemoved0(ctx);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws Exception {
    head.account(0);
    super.channelInactive(ctx);
  }

  private ChannelHandlerContext ctx() {
    return Objects.requireNonNull(context, "not in a pipeline");
  }
}
