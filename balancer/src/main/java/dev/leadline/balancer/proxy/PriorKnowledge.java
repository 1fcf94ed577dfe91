package dev.leadline.balancer.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.vertx.core.Handler;
import io.vertx.core.http.Http2ServerConfig;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.QueryParamDecoderConfig;
import io.vertx.core.http.impl.HttpServerConnection;
import io.vertx.core.http.impl.HttpServerRequestImpl;
import io.vertx.core.http.impl.http2.Http2ServerConnection;
import io.vertx.core.http.impl.http2.codec.Http2CodecServerChannelInitializer;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.http.QueryParamDecoder;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.core.net.impl.VertxHandler;
import io.vertx.core.tracing.TracingPolicy;
import java.nio.charset.StandardCharsets;

/**
 * HTTP/2 without TLS, for clients that begin with the preface of HTTP/2 (RFC 9113, section 3.3). A
 * connection is one of HTTP/1.1 until its first bytes say otherwise.
 *
 * <p>Vert.x can do this too, but only together with {@code Upgrade: h2c}, which RFC 9113 has
 * removed, and it tells of a connection only when a first head is complete: unfinished heads would
 * escape every limit.
 */
final class PriorKnowledge {

  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private final Http2ServerConfig config;
  private final Handler<HttpServerRequest> requests;
  private final Handler<HttpConnection> connections;

  /**
   * Makes the detector of a listener.
   *
   * @param config of its HTTP/2 connections
   * @param requests hears of the requests of HTTP/2 connections
   * @param connections hears of each HTTP/2 connection
   */
  PriorKnowledge(
      Http2ServerConfig config,
      Handler<HttpServerRequest> requests,
      Handler<HttpConnection> connections) {
    this.config = config;
    this.requests = requests;
    this.connections = connections;
  }

  /** Looks at the first bytes of this connection, which must not have been read yet. */
  void watch(HttpConnection connection) {
    ConnectionBase base = (ConnectionBase) connection;
    base.channel().pipeline().addBefore("httpDecoder", null, new Detector(base));
  }

  private final class Detector extends ChannelInboundHandlerAdapter {

    private final ConnectionBase connection;
    private final ContextInternal context;
    private ByteBuf first = Unpooled.EMPTY_BUFFER;

    Detector(ConnectionBase connection) {
      this.connection = connection;
      context = connection.context();
    }

    @Override
    public void channelRead(ChannelHandlerContext channel, Object message) throws Exception {
      first =
          first.isReadable() ? Unpooled.wrappedBuffer(first, (ByteBuf) message) : (ByteBuf) message;
      int length = Math.min(first.readableBytes(), PREFACE.length);
      boolean matches =
          ByteBufUtil.equals(
              first, first.readerIndex(), Unpooled.wrappedBuffer(PREFACE), 0, length);
      if (matches && length < PREFACE.length) {
        return;
      }
      if (matches) {
        keepAddresses(channel);
        switchToHttp2(channel);
      }
      ByteBuf all = first;
      first = Unpooled.EMPTY_BUFFER;
      channel.fireChannelRead(all);
      channel.pipeline().remove(this);
    }

    @Override
    public void channelInactive(ChannelHandlerContext channel) throws Exception {
      first.release();
      super.channelInactive(channel);
    }

    /** The connection of HTTP/2 takes them over, as a PROXY header may have said them. */
    private void keepAddresses(ChannelHandlerContext channel) {
      channel
          .channel()
          .attr(ConnectionBase.REMOTE_ADDRESS_OVERRIDE)
          .set(connection.remoteAddress());
      channel.channel().attr(ConnectionBase.LOCAL_ADDRESS_OVERRIDE).set(connection.localAddress());
    }

    private void switchToHttp2(ChannelHandlerContext channel) {
      ChannelPipeline pipeline = channel.pipeline();
      // A client of HTTP/2 that ends its side has left.
      channel.channel().config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, false);
      pipeline.remove("httpDecoder");
      pipeline.remove("httpEncoder");
      VertxHandler<?> http1 = pipeline.get(VertxHandler.class);
      ChannelHandlerContext http1Context = pipeline.context(http1);
      new Http2CodecServerChannelInitializer(
              null,
              TracingPolicy.IGNORE,
              null,
              null,
              false,
              false,
              config,
              null,
              context::duplicate,
              this::connected,
              null,
              false)
          .configureHttp2(context, pipeline, false);
      pipeline.addBefore("handler", null, new FrameWatch());
      // To whoever counts connections this one of HTTP/1.1 is closed; one of HTTP/2 follows.
      http1.channelInactive(http1Context);
    }

    private void connected(HttpServerConnection connection) {
      if (config.getConnectionWindowSize() > 0) {
        connection.setWindowSize(config.getConnectionWindowSize());
      }
      ((Http2ServerConnection) connection)
          .streamHandler(
              stream ->
                  new HttpServerRequestImpl(
                          requests,
                          stream,
                          stream.context(),
                          false,
                          0,
                          0,
                          0,
                          new QueryParamDecoder(new QueryParamDecoderConfig()),
                          "")
                      .init());
      connections.handle(connection);
    }
  }
}
