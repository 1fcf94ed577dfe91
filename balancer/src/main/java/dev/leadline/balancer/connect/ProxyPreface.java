package dev.leadline.balancer.connect;

import dev.leadline.balancer.config.TargetWire.ProxyVersion;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageEncoder;
import io.netty.handler.codec.haproxy.HAProxyProtocolVersion;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * Begins a connection to a target with a PROXY header. Has no state.
 *
 * @see <a href="https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt">The protocol</a>
 */
@SuppressWarnings("FutureReturnValueIgnored") // What fails closes its connection, which is heard.
public final class ProxyPreface {

  private ProxyPreface() {}

  /**
   * Names the client of a connection; nothing happens without a version. To be sent before anything
   * else.
   *
   * @param client where the client's connection comes from
   * @param listener where it was accepted
   */
  public static void ofClient(
      Optional<ProxyVersion> version,
      Channel connection,
      InetSocketAddress client,
      InetSocketAddress listener) {
    if (version.isEmpty()) {
      return;
    }
    boolean v4 =
        client.getAddress() instanceof Inet4Address
            && listener.getAddress() instanceof Inet4Address;
    send(
        connection,
        new HAProxyMessage(
            codec(version.get()),
            HAProxyCommand.PROXY,
            v4 ? HAProxyProxiedProtocol.TCP4 : HAProxyProxiedProtocol.TCP6,
            text(client, v4),
            text(listener, v4),
            client.getPort(),
            listener.getPort()));
  }

  /** Says that the connection is the balancer's own, such as a health check. */
  static void nobody(Optional<ProxyVersion> version, Channel connection) {
    if (version.isPresent()) {
      send(
          connection,
          new HAProxyMessage(
              codec(version.get()),
              version.get() == ProxyVersion.V1 ? HAProxyCommand.PROXY : HAProxyCommand.LOCAL,
              HAProxyProxiedProtocol.UNKNOWN,
              null,
              null,
              0,
              0));
    }
  }

  private static HAProxyProtocolVersion codec(ProxyVersion version) {
    return version == ProxyVersion.V1 ? HAProxyProtocolVersion.V1 : HAProxyProtocolVersion.V2;
  }

  /** Where one of two addresses is of IPv6, the other one is written as one too. */
  private static String text(InetSocketAddress address, boolean v4) {
    String text = address.getAddress().getHostAddress();
    int scope = text.indexOf('%');
    String plain = scope < 0 ? text : text.substring(0, scope);
    return !v4 && address.getAddress() instanceof Inet4Address ? "::ffff:" + plain : plain;
  }

  private static void send(Channel connection, HAProxyMessage header) {
    ChannelHandler encoder = HAProxyMessageEncoder.INSTANCE;
    connection.pipeline().addLast(encoder);
    connection.writeAndFlush(header);
    connection.pipeline().remove(encoder);
  }
}
