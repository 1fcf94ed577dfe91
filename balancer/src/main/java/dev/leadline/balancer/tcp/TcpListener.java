package dev.leadline.balancer.tcp;

import dev.leadline.balancer.config.BalancerConfig.Address;
import dev.leadline.balancer.proxy.AcceptLimit;
import dev.leadline.balancer.proxy.ProxyHeaders;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.impl.buffer.VertxByteBufAllocator;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.net.TcpConfig;
import io.vertx.core.net.impl.VertxEventLoopGroup;
import io.vertx.core.spi.transport.Transport;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The listener of connections that are passed on, one for all event loops of a balancer: each loop
 * gets the next connection. It is not a server of Vert.x, because what Vert.x makes for a
 * connection costs a tenth of passing on a short one, and is not used. Thread-safe.
 */
@SuppressWarnings("FutureReturnValueIgnored") // A close that fails leaves nothing to do.
public final class TcpListener {

  private final VertxEventLoopGroup workers = new VertxEventLoopGroup();
  private final Map<EventLoop, Consumer<Channel>> takers = new HashMap<>();
  private @Nullable Future<Channel> opened;

  /**
   * Gives the loop that calls a part of the connections from now on. The first call opens the
   * listener, at its address.
   *
   * @param headers what connections begin with
   * @param taker gets each connection on its loop, before anything of it is read
   * @return the port, on that loop
   */
  synchronized Future<Integer> serve(
      ContextInternal loop, Address address, ProxyHeaders headers, Consumer<Channel> taker) {
    takers.put(loop.nettyEventLoop(), taker);
    workers.addWorker(loop.nettyEventLoop());
    Future<Channel> known = opened;
    if (known == null) {
      known = open(loop, address, headers);
      opened = known;
    }
    Promise<Integer> port = loop.promise(); // The other one's would go on on its loop.
    known.map(it -> ((InetSocketAddress) it.localAddress()).getPort()).onComplete(port);
    return port.future();
  }

  /** Gives this loop no more connections. After the last one the listener is closed. */
  synchronized void leave(ContextInternal loop) {
    if (takers.remove(loop.nettyEventLoop()) == null) {
      return;
    }
    workers.removeWorker(loop.nettyEventLoop());
    if (takers.isEmpty() && opened != null) {
      opened.onSuccess(Channel::close);
      opened = null;
    }
  }

  private Future<Channel> open(ContextInternal loop, Address address, ProxyHeaders headers) {
    VertxInternal vertx = loop.owner();
    return vertx
        .nameResolver()
        .resolve(address.host())
        .compose(host -> bind(loop, host, Math.max(0, address.port()), headers));
  }

  private Future<Channel> bind(
      ContextInternal loop, InetAddress host, int port, ProxyHeaders headers) {
    Transport transport = loop.owner().transport();
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loop.owner().acceptorEventLoopGroup(), workers)
            .channelFactory(transport.serverChannelFactory(false))
            .option(ChannelOption.SO_BACKLOG, AcceptLimit.BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.ALLOCATOR, VertxByteBufAllocator.POOLED_ALLOCATOR)
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel connection) {
                    taker(connection.eventLoop()).accept(connection);
                  }
                });
    transport.configure(headers.with(new TcpConfig(), connection -> {}), false, bootstrap);
    Promise<Channel> bound = loop.promise();
    bootstrap
        .bind(host, port)
        .addListener(
            (ChannelFuture done) -> {
              if (done.isSuccess()) {
                bound.complete(done.channel());
              } else {
                bound.fail(done.cause());
              }
            });
    return bound.future();
  }

  private synchronized Consumer<Channel> taker(EventLoop loop) {
    return takers.getOrDefault(loop, Channel::close);
  }
}
