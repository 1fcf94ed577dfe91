package dev.leadline.balancer.proxy;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.ScheduledFuture;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.impl.ConnectionBase;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Reads the PROXY header of one connection, before TLS and HTTP: from then on its client is the one
 * that the header names. A connection that the balancer in front makes for itself ({@code LOCAL},
 * {@code UNKNOWN}), such as a health check, keeps its own address. Not thread-safe: it belongs to
 * the event loop of its connection.
 */
@SuppressWarnings("FutureReturnValueIgnored") // A close that fails leaves nothing to do.
public final class ProxyHeader extends ChannelInboundHandlerAdapter {

  private final ProxyHeaders headers;
  private final Duration limit;
  private @Nullable ScheduledFuture<?> timer;
  private Runnable afterwards = () -> {};
  private boolean refused;

  ProxyHeader(ProxyHeaders headers, Duration limit) {
    this.headers = headers;
    this.limit = limit;
  }

  /** Does something once the client of a connection is known: now, if no header is awaited. */
  public static void afterwards(Channel connection, Runnable action) {
    ProxyHeader awaited = connection.pipeline().get(ProxyHeader.class);
    if (awaited == null) {
      action.run();
    } else {
      awaited.afterwards = action;
    }
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    timer =
        context
            .executor()
            .schedule(
                () -> refuse(context, "it sent no PROXY header within " + limit.toMillis() + " ms"),
                limit.toMillis(),
                TimeUnit.MILLISECONDS);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    if (timer != null) {
      timer.cancel(false);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (!(message instanceof HAProxyMessage header)) {
      context.fireChannelRead(message);
      return;
    }
    try {
      HAProxyProxiedProtocol protocol = header.proxiedProtocol();
      boolean tcp =
          protocol == HAProxyProxiedProtocol.TCP4 || protocol == HAProxyProxiedProtocol.TCP6;
      if (tcp && header.command() == HAProxyCommand.PROXY) {
        Channel channel = context.channel();
        channel
            .attr(ConnectionBase.REMOTE_ADDRESS_OVERRIDE)
            .set(address(header.sourcePort(), header.sourceAddress()));
        channel
            .attr(ConnectionBase.LOCAL_ADDRESS_OVERRIDE)
            .set(address(header.destinationPort(), header.destinationAddress()));
      }
    } finally {
      header.release();
    }
    afterwards.run();
    context.pipeline().remove(this);
  }

  /** An IPv4 address that is written as one of IPv6 is the IPv4 address, as for sockets. */
  private static SocketAddress address(int port, String host) {
    try {
      InetAddress ip = InetAddress.getByAddress(NetUtil.createByteArrayFromIpAddressString(host));
      return SocketAddress.inetSocketAddress(
          port, ip instanceof Inet4Address ? ip.getHostAddress() : host);
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e); // The codec has read it as an address.
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof DecoderException) {
      refuse(context, "it did not begin with a PROXY header");
    } else {
      context.close();
    }
  }

  /** What still comes may be found wrong once more. */
  private void refuse(ChannelHandlerContext context, String why) {
    if (!refused) {
      refused = true;
      headers.refuse(context.channel(), why);
    }
  }
}
