package dev.leadline.balancer;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2ChannelDuplexHandler;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2FrameStream;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bodies that stop half way, because the side that they go to does not read: uploads that a target
 * takes nothing of, and downloads that a client takes nothing of.
 */
@SuppressWarnings("FutureReturnValueIgnored") // What fails is closed, and the test waits in vain.
final class StalledStreams implements AutoCloseable {

  // A small segment makes the kernel's buffers small: with those of loopback, thousands of stalled
  // connections would take gigabytes.
  private static final ChannelOption<Integer> TCP_MAXSEG =
      new IntegerUnixChannelOption("TCP_MAXSEG", 6, 2);
  private static final int SEGMENT_BYTES = 1_000;
  private static final int RECEIVE_BYTES = 4_096;
  private static final ByteBuf PART =
      Unpooled.unreleasableBuffer(Unpooled.directBuffer(16_384).writeZero(16_384));
  private static final int PARTS_OF_STREAM = 64;

  private final EventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final Channel target;
  private final AtomicInteger atTarget = new AtomicInteger();
  private final AtomicLong moved = new AtomicLong();

  StalledStreams() throws InterruptedException {
    target =
        new ServerBootstrap()
            .group(loop)
            .channel(EpollServerSocketChannel.class)
            .option(TCP_MAXSEG, SEGMENT_BYTES)
            .option(ChannelOption.SO_BACKLOG, 1000)
            .option(ChannelOption.SO_RCVBUF, RECEIVE_BYTES)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel accepted) {
                    accepted.pipeline().addLast(new Target(), new CloseOnFailure());
                  }
                })
            .bind(InetAddress.getLoopbackAddress(), 0)
            .sync()
            .channel();
  }

  int targetPort() {
    return ((InetSocketAddress) target.localAddress()).getPort();
  }

  /** Requests that have reached the target. */
  int atTarget() {
    return atTarget.get();
  }

  /** Parts of bodies that were sent, on both sides of the balancer. */
  long moved() {
    return moved.get();
  }

  /** Sends on as long as the other side takes it. */
  private abstract class Sender extends ChannelInboundHandlerAdapter {
    final void sendAll(ChannelHandlerContext context) {
      while (context.channel().isWritable()) {
        moved.incrementAndGet();
        context.writeAndFlush(PART.duplicate());
      }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
      sendAll(context);
    }
  }

  private static final class CloseOnFailure extends ChannelInboundHandlerAdapter {
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      context.close();
    }
  }

  private final class Target extends Sender {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      String head = ((ByteBuf) message).toString(StandardCharsets.ISO_8859_1);
      ((ByteBuf) message).release();
      if (head.startsWith("GET /health")) {
        send(context, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        return;
      }
      context.channel().config().setAutoRead(false);
      atTarget.incrementAndGet();
      if (head.startsWith("GET /download")) {
        send(context, "HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n");
        sendAll(context);
      }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
      if (!context.channel().config().isAutoRead()) {
        sendAll(context);
      }
    }
  }

  private static void send(ChannelHandlerContext context, String text) {
    context.writeAndFlush(Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1));
  }

  private Channel connect(int balancer, ChannelHandler... handlers) throws InterruptedException {
    return new Bootstrap()
        .group(loop)
        .channel(EpollSocketChannel.class)
        .option(TCP_MAXSEG, SEGMENT_BYTES)
        .option(ChannelOption.SO_RCVBUF, RECEIVE_BYTES)
        .option(ChannelOption.SO_LINGER, 0)
        .handler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                channel.pipeline().addLast(handlers).addLast(new CloseOnFailure());
              }
            })
        .connect(InetAddress.getLoopbackAddress(), balancer)
        .sync()
        .channel();
  }

  /** An upload on a connection of HTTP/1.1. */
  Channel upload(int balancer) throws InterruptedException {
    return connect(
        balancer,
        new Sender() {
          @Override
          public void channelActive(ChannelHandlerContext context) {
            send(
                context,
                "POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000000\r\n\r\n");
            sendAll(context);
          }
        });
  }

  /** A request on a connection of HTTP/1.1 that gets no answer. */
  Channel hold(int balancer) throws InterruptedException {
    return download(balancer, "/hold");
  }

  /** A download on a connection of HTTP/1.1. */
  Channel download(int balancer) throws InterruptedException {
    return download(balancer, "/download");
  }

  private Channel download(int balancer, String path) throws InterruptedException {
    return connect(
        balancer,
        new ChannelInboundHandlerAdapter() {
          @Override
          public void channelActive(ChannelHandlerContext context) {
            context.channel().config().setAutoRead(false);
            send(context, "GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
          }
        });
  }

  /** So many requests on one connection of HTTP/2 that get no answer. */
  Channel http2Holds(int balancer, int streams) throws InterruptedException {
    return http2(balancer, streams, 0, "GET", "/hold");
  }

  /** So many uploads on one connection of HTTP/2, each as far as its window allows. */
  Channel http2Uploads(int balancer, int streams) throws InterruptedException {
    return http2(balancer, streams, 65_535, "POST", "/upload");
  }

  /** So many downloads on one connection of HTTP/2, to a client that grants no window. */
  Channel http2Downloads(int balancer, int streams) throws InterruptedException {
    return http2(balancer, streams, 0, "GET", "/download");
  }

  private Channel http2(int balancer, int streams, int window, String method, String path)
      throws InterruptedException {
    Http2FrameCodec codec =
        Http2FrameCodecBuilder.forClient()
            .initialSettings(Http2Settings.defaultSettings().initialWindowSize(window))
            .build();
    return connect(
        balancer,
        codec,
        new Http2ChannelDuplexHandler() {
          @Override
          public void channelActive(ChannelHandlerContext context) {
            for (int i = 0; i < streams; i++) {
              Http2FrameStream stream = newStream();
              Http2Headers head =
                  new DefaultHttp2Headers().method(method).scheme("http").path(path).authority("a");
              boolean ends = method.equals("GET");
              context.write(new DefaultHttp2HeadersFrame(head, ends).stream(stream));
              for (int part = 0; !ends && part < PARTS_OF_STREAM; part++) {
                context
                    .write(new DefaultHttp2DataFrame(PART.duplicate(), false).stream(stream))
                    .addListener(sent -> moved.incrementAndGet());
              }
            }
            context.flush();
          }

          @Override
          public void channelRead(ChannelHandlerContext context, Object message) {
            ReferenceCountUtil.release(message);
          }
        });
  }

  @Override
  public void close() {
    loop.shutdownGracefully(0, 5, java.util.concurrent.TimeUnit.SECONDS).syncUninterruptibly();
  }
}
