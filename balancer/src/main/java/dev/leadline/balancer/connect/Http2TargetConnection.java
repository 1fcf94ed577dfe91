package dev.leadline.balancer.connect;

import dev.leadline.balancer.connect.AnswerException.Problem;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameListener;
import io.netty.handler.codec.http2.Http2FrameListenerDecorator;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.util.concurrent.ScheduledFuture;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.impl.HttpClientConnection;
import io.vertx.core.http.impl.HttpClientRequestImpl;
import io.vertx.core.http.impl.headers.HttpResponseHeaders;
import io.vertx.core.http.impl.http2.codec.Http2CodecClientChannelInitializer;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.PromiseInternal;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.HostAndPort;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.core.tracing.TracingPolicy;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A connection that speaks HTTP/2, with many requests at a time. Vert.x frames the messages; this
 * looks at the frames before Vert.x for what it does not tell: interim answers, whether an answer
 * is complete, and which requests the target has not processed.
 */
@SuppressWarnings("FutureReturnValueIgnored") // A write that fails closes the connection.
public final class Http2TargetConnection implements TargetConnection {

  /** So many requests at a time at most, whatever the target allows. */
  public static final int MOST_STREAMS = 100;

  private static final int STREAM_WINDOW_BYTES = 64 * 1024;
  private static final int LAST_USED_STREAM = Integer.MAX_VALUE - 1000;

  private final Channel channel;
  private final Http2ConnectionHandler frames;
  private final Http2Connection.PropertyKey streamKey;
  private @Nullable HttpClientConnection http;
  private int mostStreams = MOST_STREAMS;
  private boolean goingAway;
  private int lastProcessedStream = Integer.MAX_VALUE;
  private Runnable onChange = () -> {};

  private Http2TargetConnection(Channel channel, Http2ConnectionHandler frames) {
    this.channel = channel;
    this.frames = frames;
    streamKey = frames.connection().newKey();
    lookAtFrames();
    frames
        .connection()
        .addListener(
            new Http2ConnectionAdapter() {
              @Override
              public void onGoAwayReceived(int lastStreamId, long errorCode, ByteBuf debugData) {
                goingAway = true;
                lastProcessedStream = Math.min(lastProcessedStream, lastStreamId);
                onChange.run();
              }

              @Override
              public void onStreamClosed(Http2Stream stream) {
                soon(() -> onChange.run());
              }
            });
  }

  /**
   * Speaks HTTP/2 on a socket on which nothing was sent yet.
   *
   * @param turns of the reads on its event loop
   * @param authority of requests that have none of their own
   * @param limitMillis how long the target may take to answer the preface
   */
  static Future<TargetConnection> open(
      NetSocketInternal socket, ReadTurns turns, HostAndPort authority, long limitMillis) {
    ContextInternal context = ((ConnectionBase) socket).context();
    if (socket.isSsl() && !"h2".equals(socket.applicationLayerProtocol())) {
      socket.close();
      return Future.failedFuture(new NotHttp2Exception());
    }
    Channel channel = TargetClient.take(socket, turns);
    ChannelPipeline pipeline = channel.pipeline();
    PromiseInternal<HttpClientConnection> settled = context.promise();
    new Http2CodecClientChannelInitializer(
            new io.vertx.core.http.Http2Settings()
                .setPushEnabled(false)
                .setInitialWindowSize(STREAM_WINDOW_BYTES)
                .setMaxHeaderListSize(AnswerLimits.HEAD_BYTES),
            TracingPolicy.IGNORE,
            false,
            false,
            -1,
            null,
            0)
        .http2Connected(context, authority, null, null, channel, null, settled);
    Http2TargetConnection made =
        new Http2TargetConnection(
            channel, Objects.requireNonNull(pipeline.get(Http2ConnectionHandler.class)));
    ScheduledFuture<?> limit =
        channel.eventLoop().schedule((Runnable) channel::close, limitMillis, TimeUnit.MILLISECONDS);
    return settled
        .future()
        .<TargetConnection>map(made::settled)
        .onComplete(done -> limit.cancel(false))
        .recover(
            cause -> {
              channel.close();
              return Future.failedFuture(new NotHttp2Exception());
            });
  }

  private TargetConnection settled(HttpClientConnection ready) {
    http = ready;
    ready.evictionHandler(evicted -> {}); // Vert.x would log it.
    ready.exceptionHandler(cause -> {}); // The requests on it hear of it too, and say why.
    // Answers that clients do not read must not keep those of other streams back.
    ready.setWindowSize(MOST_STREAMS * STREAM_WINDOW_BYTES);
    return this;
  }

  private HttpClientConnection http() {
    return Objects.requireNonNull(http, "not open");
  }

  /** How many requests it can have at a time; changes when the target says so. */
  public int mostStreams() {
    return mostStreams;
  }

  /** Whether it takes no more requests; those that it has may go on. */
  public boolean isGoingAway() {
    return goingAway
        || !channel.isActive()
        || frames.connection().local().lastStreamCreated() > LAST_USED_STREAM;
  }

  /** Requests that it has, as HTTP/2 counts them: until both sides have ended the stream. */
  public int streams() {
    return frames.connection().local().numActiveStreams();
  }

  /** Runs this after what is going on now, in which a stream may be about to end. */
  public void soon(Runnable action) {
    channel.eventLoop().execute(action);
  }

  /** Runs this when it can have more or fewer requests than before. */
  public void onChange(Runnable action) {
    onChange = action;
  }

  @Override
  public void begin(TargetRequest.Listener listener) {
    http()
        .createStream(http().context())
        .onComplete(
            opened -> {
              Http2TargetStream stream = new Http2TargetStream(this, opened);
              listener.ready(new Http2Exchange(stream, requestOn(stream), listener));
            },
            listener::failed);
  }

  private HttpClientRequest requestOn(Http2TargetStream stream) {
    return new HttpClientRequestImpl(http().authority(), http(), stream);
  }

  @Override
  public void onClose(Runnable action) {
    http().closeHandler(closed -> action.run());
  }

  @Override
  public void close() {
    http().close();
  }

  /** Vert.x takes the place of the listener with another one when the first settings come. */
  private void lookAtFrames() {
    Http2FrameListener next = frames.decoder().frameListener();
    if (!(next instanceof Frames)) {
      frames.decoder().frameListener(new Frames(next));
    }
  }

  /** From now on the frames of this stream are looked at. */
  void opened(Http2TargetStream stream) {
    Http2Stream known = frames.connection().stream((int) stream.id());
    if (known != null) {
      known.setProperty(streamKey, stream);
    }
  }

  /** Ends the request of a stream with these, unless the stream has ended already. */
  void writeTrailers(Http2TargetStream stream, MultiMap trailers) {
    Http2Stream known = frames.connection().stream((int) stream.id());
    if (known != null && known.state().localSideOpen()) {
      Http2Headers block = new DefaultHttp2Headers();
      trailers.forEach((name, value) -> block.add(name.toLowerCase(Locale.ROOT), value));
      ChannelHandlerContext context = channel.pipeline().context(frames);
      frames.encoder().writeHeaders(context, known.id(), block, 0, true, context.newPromise());
      channel.flush();
    }
  }

  /** Whether it is certain that the target has not processed this stream, and will not. */
  boolean isUnprocessed(Http2TargetStream stream) {
    return stream.isUnsent() || stream.id() > lastProcessedStream;
  }

  /** Looks at frames before Vert.x. */
  private final class Frames extends Http2FrameListenerDecorator {

    Frames(Http2FrameListener next) {
      super(next);
    }

    private @Nullable Http2TargetStream stream(int id) {
      Http2Stream known = frames.connection().stream(id);
      return known == null ? null : known.getProperty(streamKey);
    }

    @Override
    public void onSettingsRead(ChannelHandlerContext ctx, Http2Settings settings)
        throws Http2Exception {
      Long most = settings.maxConcurrentStreams();
      if (most != null) {
        mostStreams = (int) Math.min(MOST_STREAMS, most);
      }
      super.onSettingsRead(ctx, settings);
      lookAtFrames();
      onChange.run();
    }

    @Override
    public int onDataRead(
        ChannelHandlerContext ctx, int streamId, ByteBuf data, int padding, boolean endOfStream)
        throws Http2Exception {
      Http2TargetStream stream = stream(streamId);
      if (stream != null) {
        stream.read(endOfStream);
      }
      return super.onDataRead(ctx, streamId, data, padding, endOfStream);
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
      onHeadersRead(ctx, streamId, headers, padding, endStream);
    }

    @Override
    public void onHeadersRead(
        ChannelHandlerContext ctx, int streamId, Http2Headers headers, int padding, boolean end)
        throws Http2Exception {
      Http2TargetStream stream = stream(streamId);
      if (stream != null) {
        CharSequence status = headers.status();
        if (status != null && isInterim(status)) {
          interim(stream, Integer.parseInt(status.toString()), headers);
          return;
        }
        stream.read(end);
      }
      super.onHeadersRead(ctx, streamId, headers, padding, end);
    }

    /** HTTP/2 has no 101: as a final status it makes no sense, and is refused as such. */
    private boolean isInterim(CharSequence status) {
      return status.length() == 3
          && status.charAt(0) == '1'
          && Character.digit(status.charAt(1), 10) >= 0
          && Character.digit(status.charAt(2), 10) >= 0
          && !"101".contentEquals(status);
    }

    private void interim(Http2TargetStream stream, int status, Http2Headers headers) {
      if (stream.interimAnswers() >= AnswerLimits.INTERIM_ANSWERS) {
        stream.fail(new AnswerException(Problem.TOO_MANY_INTERIM));
      } else {
        HttpResponseHeaders all = new HttpResponseHeaders(headers);
        all.sanitize();
        stream.interim(status, all);
      }
    }
  }
}
