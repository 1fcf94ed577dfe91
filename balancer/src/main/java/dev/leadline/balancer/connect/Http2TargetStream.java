package dev.leadline.balancer.connect;

import io.netty.handler.codec.http2.Http2Error;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpFrame;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.StreamPriority;
import io.vertx.core.http.impl.HttpClientConnection;
import io.vertx.core.http.impl.HttpClientPush;
import io.vertx.core.http.impl.HttpClientStream;
import io.vertx.core.http.impl.HttpRequestHead;
import io.vertx.core.http.impl.HttpResponseHead;
import io.vertx.core.internal.ContextInternal;
import org.jspecify.annotations.Nullable;

/**
 * One request and its answer on a connection of HTTP/2. To Vert.x it is one of its own streams.
 * Whatever happens to the stream after the end of the answer has arrived is kept from those who
 * still read the answer. Not thread-safe: it belongs to one event loop.
 */
final class Http2TargetStream implements HttpClientStream {

  private final Http2TargetConnection connection;
  private final HttpClientStream stream;
  private @Nullable InterimListener interimListener;
  private @Nullable Handler<Throwable> failed;
  private int interimAnswers;
  private boolean answerBegun;
  private boolean answerComplete;
  private boolean headOnly;
  private MultiMap trailers = TargetRequest.NO_TRAILERS;
  private Future<Void> written = Future.succeededFuture();

  Http2TargetStream(Http2TargetConnection connection, HttpClientStream stream) {
    this.connection = connection;
    this.stream = stream;
  }

  /** Hears of interim answers: those with a status of 1xx, before the final answer. */
  @FunctionalInterface
  interface InterimListener {
    void interim(int status, MultiMap headers);
  }

  void listenTo(InterimListener listener) {
    interimListener = listener;
  }

  /** Whether something of the answer has come, if only an interim answer. */
  boolean hasAnswerBegun() {
    return answerBegun;
  }

  /** Whether the target has said that it has not processed the request, and will not. */
  boolean isUnprocessed() {
    return connection.isUnprocessed(this);
  }

  int interimAnswers() {
    return interimAnswers;
  }

  void interim(int status, MultiMap headers) {
    answerBegun = true;
    interimAnswers++;
    if (interimListener != null) {
      interimListener.interim(status, headers);
    }
  }

  /** Whether the head of the answer was the whole of it. */
  boolean isHeadOnly() {
    return headOnly;
  }

  /** A part of the answer arrives. */
  void read(boolean last) {
    headOnly = last && !answerBegun;
    answerBegun = true;
    answerComplete |= last;
  }

  /** The answer must not be read on. */
  void fail(AnswerException cause) {
    if (failed != null) {
      failed.handle(cause);
    }
    stream.writeReset(Http2Error.CANCEL.code());
  }

  @Override
  public Future<Void> writeHead(
      HttpRequestHead request,
      boolean chunked,
      Buffer buf,
      boolean end,
      StreamPriority priority,
      boolean connect) {
    written = stream.writeHead(request, chunked, buf, endsNow(end), priority, connect);
    connection.opened(this);
    return end ? writeTrailers() : written;
  }

  @Override
  public Future<Void> writeChunk(@Nullable Buffer buf, boolean end) {
    if (buf != null || endsNow(end)) {
      written = stream.writeChunk(buf, endsNow(end));
    }
    return end ? writeTrailers() : written;
  }

  /** What follows the end of the request, which is about to be written. */
  void endWith(MultiMap last) {
    trailers = last;
  }

  private boolean endsNow(boolean end) {
    return end && trailers.isEmpty();
  }

  /** Vert.x has no trailers of requests: they are written when all before them is. */
  private Future<Void> writeTrailers() {
    return trailers.isEmpty()
        ? written
        : written.onSuccess(done -> connection.writeTrailers(this, trailers));
  }

  @Override
  public Http2TargetStream exceptionHandler(@Nullable Handler<Throwable> handler) {
    failed = handler;
    stream.exceptionHandler(
        cause -> {
          if (handler != null && !answerComplete) {
            handler.handle(isUnsent() ? new UnsentException(cause) : cause);
          }
        });
    return this;
  }

  @Override
  public Http2TargetStream resetHandler(@Nullable Handler<Long> handler) {
    stream.resetHandler(
        code -> {
          if (handler != null && !answerComplete) {
            handler.handle(code);
          }
        });
    return this;
  }

  /** Vert.x gives a stream its id when it begins on the connection, and a negative one before. */
  boolean isUnsent() {
    return id() < 0;
  }

  // The rest is Vert.x's own stream.

  @Override
  public long id() {
    return stream.id();
  }

  @Override
  public HttpVersion version() {
    return stream.version();
  }

  @Override
  public Object metric() {
    return stream.metric();
  }

  @Override
  public Object trace() {
    return stream.trace();
  }

  @Override
  public HttpClientConnection connection() {
    return stream.connection();
  }

  @Override
  public ContextInternal context() {
    return stream.context();
  }

  @Override
  public Future<Void> writeFrame(int type, int flags, Buffer payload) {
    return stream.writeFrame(type, flags, payload);
  }

  @Override
  public Future<Void> writeReset(long code) {
    return stream.writeReset(code);
  }

  @Override
  public Future<Boolean> cancel() {
    return stream.cancel();
  }

  @Override
  public Http2TargetStream headHandler(Handler<HttpResponseHead> handler) {
    stream.headHandler(handler);
    return this;
  }

  @Override
  public Http2TargetStream continueHandler(Handler<Void> handler) {
    stream.continueHandler(handler);
    return this;
  }

  @Override
  public Http2TargetStream earlyHintsHandler(Handler<MultiMap> handler) {
    stream.earlyHintsHandler(handler);
    return this;
  }

  @Override
  public Http2TargetStream pushHandler(Handler<HttpClientPush> handler) {
    stream.pushHandler(handler);
    return this;
  }

  @Override
  public Http2TargetStream customFrameHandler(Handler<HttpFrame> handler) {
    stream.customFrameHandler(handler);
    return this;
  }

  @Override
  public Http2TargetStream dataHandler(Handler<Buffer> handler) {
    stream.dataHandler(handler);
    return this;
  }

  @Override
  public Http2TargetStream trailersHandler(Handler<MultiMap> handler) {
    stream.trailersHandler(handler);
    return this;
  }

  @Override
  public Http2TargetStream priorityChangeHandler(Handler<StreamPriority> handler) {
    stream.priorityChangeHandler(handler);
    return this;
  }

  @Override
  public Http2TargetStream closeHandler(Handler<Void> handler) {
    stream.closeHandler(handler);
    return this;
  }

  @Override
  public Http2TargetStream drainHandler(Handler<Void> handler) {
    stream.drainHandler(handler);
    return this;
  }

  @Override
  public boolean isWritable() {
    return stream.isWritable();
  }

  @Override
  public Http2TargetStream setWriteQueueMaxSize(int maxSize) {
    stream.setWriteQueueMaxSize(maxSize);
    return this;
  }

  @Override
  public Http2TargetStream pause() {
    stream.pause();
    return this;
  }

  @Override
  public Http2TargetStream fetch(long amount) {
    stream.fetch(amount);
    return this;
  }

  @Override
  public StreamPriority priority() {
    return stream.priority();
  }

  @Override
  public Http2TargetStream updatePriority(StreamPriority priority) {
    stream.updatePriority(priority);
    return this;
  }
}
