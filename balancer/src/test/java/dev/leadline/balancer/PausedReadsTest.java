package dev.leadline.balancer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.leadline.balancer.connect.PausedReads;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.vertx.core.net.TcpConfig;
import io.vertx.core.spi.transport.Transport;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The end of the other side, while a connection is paused. */
class PausedReadsTest {

  private static final int READ_BYTES = 16 * 1024;
  private static final int SENT_BYTES = 48 * 1024; // The kernel holds as much.

  /** Counts what it reads. */
  private static final class Counter extends ChannelInboundHandlerAdapter {
    final AtomicInteger bytes = new AtomicInteger();
    volatile @Nullable Throwable failure;

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      bytes.addAndGet(((ByteBuf) message).readableBytes());
      ((ByteBuf) message).release();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      failure = cause;
    }
  }

  @Test
  void whatThenIsInTheKernelStaysThere() throws Exception {
    Transport transport = Transports.best().implementation();
    assumeTrue(Transports.best().name().equals("io_uring"), "this machine has no io_uring");
    EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, transport.ioHandlerFactory());
    Counter counter = new Counter();
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Bootstrap bootstrap =
          new Bootstrap()
              .group(loop)
              .channelFactory(transport.channelFactory(false))
              .handler(
                  new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel opened) {
                      opened.pipeline().addLast(PausedReads.HANDLER, counter);
                    }
                  });
      transport.configure(new TcpConfig(), false, bootstrap);
      bootstrap.option(ChannelOption.AUTO_READ, false);
      Channel channel =
          bootstrap.connect(server.getInetAddress(), server.getLocalPort()).sync().channel();
      try (Socket other = server.accept()) {
        other.getOutputStream().write(new byte[SENT_BYTES]);
      }
      TestBalancer.eventually("the end is seen", () -> counter.bytes.get() > 0);
      loop.submit(() -> {}).sync(); // What would be read on, is read before.
      assertTrue(counter.bytes.get() <= READ_BYTES, counter.bytes + " bytes were read");
      assertTrue(channel.isOpen());
      channel.config().setAutoRead(true);
      assertTrue(channel.closeFuture().await(20, TimeUnit.SECONDS), "the end is read");
      assertEquals(SENT_BYTES, counter.bytes.get());
      assertNull(counter.failure);
    } finally {
      loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }
  }
}
