package dev.leadline.balancer.proxy;

import dev.leadline.balancer.config.BalancerConfig.ProxyProtocol;
import dev.leadline.balancer.rules.Cidr;
import io.netty.channel.Channel;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.vertx.core.net.TcpConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The PROXY protocol on a listener: connections of a balancer in front begin with a header that
 * names the client. From elsewhere such a header is refused, because anybody could write one.
 * Thread-safe.
 *
 * @see <a href="https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt">The protocol</a>
 */
@SuppressWarnings("FutureReturnValueIgnored") // A close that fails leaves nothing to do.
public final class ProxyHeaders {

  private static final Logger LOG = Logger.getLogger(ProxyHeaders.class.getName());
  private static final long SECOND_NANOS = 1_000_000_000;

  /** Most bytes of a header of version 2 beside the addresses. */
  static final int MAX_TLV_BYTES = 1024;

  private volatile @Nullable ProxyProtocol config;
  private final AtomicLong refused = new AtomicLong();
  private final AtomicLong said = new AtomicLong();
  private volatile long saidNanos = System.nanoTime() - SECOND_NANOS;

  /**
   * @param config absent: no connection begins with a header
   */
  public ProxyHeaders(Optional<ProxyProtocol> config) {
    this.config = config.orElse(null);
  }

  /** From now on connections are accepted in this way. */
  public void use(Optional<ProxyProtocol> changed) {
    config = changed.orElse(null);
  }

  /** Connections closed since the start because of their header, or because they had none. */
  public long refused() {
    return refused.get();
  }

  /** A connection was accepted; nothing of it has been read. */
  private void accepted(Channel connection) {
    ProxyProtocol now = config;
    if (now == null) {
      return;
    }
    if (isFrom(connection, now.from())) {
      connection
          .pipeline()
          .addLast(new HAProxyMessageDecoder(MAX_TLV_BYTES), new ProxyHeader(this, now.timeout()));
    } else {
      connection.pipeline().addLast(new UntrustedHeader(this));
    }
  }

  private static boolean isFrom(Channel connection, List<Cidr> blocks) {
    if (!(connection.remoteAddress() instanceof InetSocketAddress remote)) {
      return false;
    }
    InetAddress address = remote.getAddress();
    return address != null && blocks.stream().anyMatch(it -> it.contains(address.getAddress()));
  }

  /**
   * Closes a connection, and says why in the log: at most a line a second.
   *
   * @param why in words that can follow "a connection from ADDRESS was closed: "
   */
  void refuse(Channel connection, String why) {
    long number = refused.incrementAndGet();
    long now = System.nanoTime();
    if (now - saidNanos >= SECOND_NANOS) {
      saidNanos = now;
      long more = number - said.getAndSet(number) - 1;
      LOG.log(
          Level.WARNING,
          "a connection from {0} was closed: {1}{2}",
          new Object[] {
            connection.remoteAddress() instanceof InetSocketAddress remote
                ? remote.getAddress().getHostAddress()
                : "a client that left",
            why,
            more > 0 ? " (and " + more + " more before it)" : ""
          });
    }
    connection.close();
  }

  /** A connection may begin with a header that says nothing. */
  private void mayBegin(Channel connection) {
    ProxyProtocol now = config;
    if (now != null && isFrom(connection, now.from())) {
      connection.pipeline().addLast(new SkippedHeader());
    }
  }

  /**
   * The TCP options of a listener with what its accepted connections begin with.
   *
   * @param afterwards gets each connection when its header is provided for
   */
  public TcpConfig with(TcpConfig options, Consumer<Channel> afterwards) {
    Consumer<Channel> first = this::accepted;
    return new Options(options, first.andThen(afterwards));
  }

  /**
   * The same for a port beside the listener. A balancer in front begins its health checks as it
   * begins everything else, with a header; on such a port a connection from its networks may have
   * one, and nothing of it is believed.
   */
  public TcpConfig skippedBy(TcpConfig options) {
    return new Options(options, this::mayBegin);
  }

  /**
   * The way from a listener's configuration to its socket, where Vert.x has no place for more. It
   * copies the configuration; this stays the same.
   */
  public static final class Options extends TcpConfig {

    private final Consumer<Channel> accepting;

    private Options(TcpConfig options, Consumer<Channel> accepting) {
      super(options);
      this.accepting = accepting;
    }

    @Override
    protected TcpConfig copy() {
      return this;
    }

    /** A connection was accepted; nothing of it has been read. */
    public void accepted(Channel connection) {
      accepting.accept(connection);
    }
  }
}
