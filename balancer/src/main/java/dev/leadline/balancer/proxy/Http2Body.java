package dev.leadline.balancer.proxy;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameListener;
import io.netty.handler.codec.http2.Http2FrameListenerDecorator;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.headers.HttpHeaders;
import io.vertx.core.streams.ReadStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The body of a request over HTTP/2. The client gets its window back for what was written to the
 * target, and not for what has come here: so a body never holds more than the window of its stream.
 * Small parts are put together, because a client may send a body in frames of one byte.
 *
 * <p>Not thread-safe: it belongs to the event loop of its connection.
 */
final class Http2Body implements ReadStream<Buffer> {

  private static final int PART_BYTES = 16 * 1024;

  private final HttpServerRequest request;
  private final Channel channel;
  private final Http2Stream stream;
  private final Http2Windows windows;
  private final ReadGate gate =
      new ReadGate() {
        @Override
        public void pause() {}

        @Override
        public void resume() {}

        @Override
        public void written(int bytes) {
          Http2Body.this.written(bytes);
        }
      };
  private final Deque<Buffer> held = new ArrayDeque<>(4);
  private RequestTrailers trailers = RequestTrailers.NONE;
  private int unwrittenBytes;
  private boolean paused = true;
  private boolean complete;
  private boolean dropped;
  private @Nullable Handler<Buffer> handler;
  private @Nullable Handler<Void> endHandler;

  private Http2Body(HttpServerRequest request, Http2Stream stream) {
    this.request = request;
    this.stream = stream;
    channel = ClientConnection.channel(request.connection());
    windows = windows(request.connection());
    windows.hold(stream, this);
    request.handler(this::come);
    request.endHandler(end -> completed());
  }

  /** Provides for the bodies of a connection that has just been made. */
  static void provideFor(HttpConnection connection) {
    Http2ConnectionHandler codec = Objects.requireNonNull(codec(connection));
    Http2Windows windows = new Http2Windows(codec.connection());
    codec.connection().local().flowController(windows);
    Http2FrameListener vertx = codec.decoder().frameListener();
    codec.decoder().frameListener(new TrailersReader(vertx, codec.connection(), windows));
  }

  /** That of a connection; null when it is closed. */
  private static @Nullable Http2ConnectionHandler codec(HttpConnection connection) {
    return ClientConnection.channel(connection).pipeline().get(Http2ConnectionHandler.class);
  }

  private static @Nullable Http2Connection frames(HttpConnection connection) {
    Http2ConnectionHandler codec = codec(connection);
    return codec == null ? null : codec.connection();
  }

  /** Takes the trailers of requests, which Vert.x drops. */
  private static final class TrailersReader extends Http2FrameListenerDecorator {
    private final Http2Connection frames;
    private final Http2Windows windows;

    TrailersReader(Http2FrameListener next, Http2Connection frames, Http2Windows windows) {
      super(next);
      this.frames = frames;
      this.windows = windows;
    }

    @Override
    public void onHeadersRead(
        ChannelHandlerContext ctx,
        int streamId,
        Http2Headers headers,
        int streamDependency,
        short weight,
        boolean exclusive,
        int padding,
        boolean endStream)
        throws Http2Exception {
      Http2Stream stream = frames.stream(streamId);
      Http2Body body = stream == null ? null : windows.body(stream);
      if (body != null && !body.dropped) {
        body.trailers = RequestTrailers.of(new HttpHeaders(headers));
      }
      super.onHeadersRead(
          ctx, streamId, headers, streamDependency, weight, exclusive, padding, endStream);
    }
  }

  /** That of a request; null when it or its connection is closed. */
  private static @Nullable Http2Stream stream(HttpServerRequest request) {
    Http2Connection frames = frames(request.connection());
    return frames == null ? null : frames.stream((int) request.streamId());
  }

  private static Http2Windows windows(HttpConnection connection) {
    return (Http2Windows) Objects.requireNonNull(frames(connection)).local().flowController();
  }

  /** Takes the body of a request whose head has just come; null if it has none. */
  static @Nullable Http2Body take(HttpServerRequest request) {
    Http2Stream stream = stream(request);
    return stream == null || !stream.state().remoteSideOpen()
        ? null
        : new Http2Body(request, stream);
  }

  /** The body of this request is not passed on: what of it is here, or still comes, is dropped. */
  static void drop(HttpServerRequest request) {
    Http2Stream stream = stream(request);
    Http2Body body = stream == null ? null : windows(request.connection()).body(stream);
    if (body != null) {
      body.dropped = true;
      body.held.clear();
      body.trailers = RequestTrailers.NONE;
      body.written(body.unwrittenBytes);
    }
  }

  private void come(Buffer part) {
    unwrittenBytes += part.length();
    Buffer last = held.peekLast();
    if (dropped) {
      written(part.length());
    } else if (last != null && last.length() + part.length() <= PART_BYTES) {
      last.appendBuffer(part);
    } else {
      held.add(part);
    }
    deliver();
  }

  private void completed() {
    complete = true;
    deliver();
  }

  private void deliver() {
    while (handler != null && !paused && !held.isEmpty()) {
      handler.handle(held.remove());
    }
    if (complete && held.isEmpty() && endHandler != null && !paused) {
      Handler<Void> end = endHandler;
      endHandler = null;
      end.handle(null);
    }
  }

  /** What came after it, once it has ended. */
  RequestTrailers trailers() {
    return trailers;
  }

  /** Its client stops when its window is used up; this hears what was written. */
  ReadGate gate() {
    return gate;
  }

  private void written(int bytes) {
    // Of a dropped body all was given back, also what is still on its way to the target.
    unwrittenBytes = dropped ? 0 : unwrittenBytes - bytes;
    try {
      if (windows.keepOnly(stream, unwrittenBytes)) {
        channel.flush();
      }
    } catch (Http2Exception e) {
      channel.pipeline().fireExceptionCaught(e);
    }
  }

  @Override
  public Http2Body exceptionHandler(@Nullable Handler<Throwable> failed) {
    request.exceptionHandler(failed);
    return this;
  }

  @Override
  public Http2Body handler(@Nullable Handler<Buffer> parts) {
    handler = parts;
    return this;
  }

  @Override
  public Http2Body endHandler(@Nullable Handler<Void> end) {
    endHandler = end;
    return this;
  }

  @Override
  public Http2Body pause() {
    paused = true;
    return this;
  }

  @Override
  public Http2Body resume() {
    paused = false;
    deliver();
    return this;
  }

  @Override
  public Http2Body fetch(long amount) {
    return resume();
  }
}
