package dev.leadline.balancer;

import dev.leadline.balancer.connect.PausedReads;
import dev.leadline.balancer.proxy.AcceptLimit;
import dev.leadline.balancer.proxy.ProxyHeaders;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.DatagramChannel;
import io.vertx.core.datagram.DatagramSocketOptions;
import io.vertx.core.net.TcpConfig;
import io.vertx.core.net.TcpOption;
import io.vertx.core.spi.transport.Transport;
import java.net.SocketAddress;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/**
 * A transport of Vert.x whose connections read 16 KB at a time, and not 64, and whose listeners
 * have a limit of connections, and no thread of their own beside a single loop. Vert.x has no
 * options for these. For one Vert.x only.
 */
@SuppressWarnings("deprecation") // Of Netty: the interface of Vert.x has them.
final class BoundedTransport implements Transport {

  private static final int READ_BYTES = 16 * 1024;

  private final Transport transport;
  private final boolean isIoUring;
  private @Nullable EventLoopGroup onlyLoop;

  BoundedTransport(Transport transport, boolean isIoUring) {
    this.transport = transport;
    this.isIoUring = isIoUring;
  }

  private RecvByteBufAllocator reads() {
    RecvByteBufAllocator sizes = PausedReads.upTo(READ_BYTES);
    return isIoUring ? PausedReads.with(sizes) : sizes;
  }

  @Override
  public void configure(TcpConfig config, boolean domainSocket, Bootstrap bootstrap) {
    transport.configure(config, domainSocket, bootstrap);
    leaveOut(config, bootstrap::option);
    bootstrap.option(ChannelOption.RCVBUF_ALLOCATOR, reads());
  }

  @Override
  public void configure(TcpConfig config, boolean domainSocket, ServerBootstrap bootstrap) {
    transport.configure(config, domainSocket, bootstrap);
    leaveOut(config, bootstrap::childOption);
    bootstrap.childOption(ChannelOption.RCVBUF_ALLOCATOR, reads());
    bootstrap.handler(
        new ChannelInitializer<Channel>() {
          @Override
          protected void initChannel(Channel listener) {
            listener.pipeline().addLast(AcceptLimit.NAME, new AcceptLimit());
            listener.pipeline().addLast(new Accepting(config));
          }
        });
  }

  /** What a new socket has by itself costs a system call for each connection when it is set. */
  private static void leaveOut(TcpConfig config, Setter options) {
    if (!config.isSoKeepAlive()) {
      options.set(ChannelOption.SO_KEEPALIVE, null);
    }
    if (Boolean.TRUE.equals(config.getOption(TcpOption.NODELAY))) {
      options.set(ChannelOption.TCP_NODELAY, null); // Netty sets it on every connection.
    }
  }

  /** Of a bootstrap; null takes an option away. */
  private interface Setter {
    void set(ChannelOption<Boolean> option, @Nullable Boolean value);
  }

  /** Sees each connection before anything of it is read. */
  private static final class Accepting extends ChannelInboundHandlerAdapter {
    private final TcpConfig config;

    Accepting(TcpConfig config) {
      this.config = config;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object accepted) {
      ((Channel) accepted).pipeline().addLast(PausedReads.HANDLER);
      if (config instanceof ProxyHeaders.Options headers) {
        headers.accepted((Channel) accepted);
      }
      context.fireChannelRead(accepted);
    }
  }

  @Override
  public void configure(DatagramChannel channel, DatagramSocketOptions options) {
    transport.configure(channel, options);
  }

  @Override
  public boolean supportsDomainSockets() {
    return transport.supportsDomainSockets();
  }

  @Override
  public boolean supportFileRegion() {
    return transport.supportFileRegion();
  }

  @Override
  public boolean isAvailable() {
    return transport.isAvailable();
  }

  @Override
  public Throwable unavailabilityCause() {
    return transport.unavailabilityCause();
  }

  @Override
  public SocketAddress convert(io.vertx.core.net.SocketAddress address) {
    return transport.convert(address);
  }

  @Override
  public io.vertx.core.net.SocketAddress convert(SocketAddress address) {
    return transport.convert(address);
  }

  @Override
  public IoHandlerFactory ioHandlerFactory() {
    return transport.ioHandlerFactory();
  }

  /**
   * Where there is one event loop, listeners accept on it: Vert.x, which asks for the loops first,
   * has a thread of its own for listeners, from which each connection has to change. With several
   * loops that thread stays, so that a busy loop does not keep connections from the others.
   */
  @Override
  public EventLoopGroup eventLoopGroup(int type, int threads, ThreadFactory factory, int ioRatio) {
    EventLoopGroup only = onlyLoop;
    if (type == ACCEPTOR_EVENT_LOOP_GROUP && only != null) {
      return only;
    }
    EventLoopGroup made = transport.eventLoopGroup(type, threads, factory, ioRatio);
    onlyLoop = type == IO_EVENT_LOOP_GROUP && threads == 1 ? made : null;
    return made;
  }

  @Override
  public DatagramChannel datagramChannel(io.netty.channel.socket.InternetProtocolFamily family) {
    return transport.datagramChannel(family);
  }

  @Override
  public ChannelFactory<? extends DatagramChannel> datagramChannelFactory() {
    return transport.datagramChannelFactory();
  }

  @Override
  public ChannelFactory<? extends Channel> channelFactory(boolean domainSocket) {
    return transport.channelFactory(domainSocket);
  }

  @Override
  public ChannelFactory<? extends ServerChannel> serverChannelFactory(boolean domainSocket) {
    return transport.serverChannelFactory(domainSocket);
  }
}
