package dev.leadline.balancer.connect;

import dev.leadline.balancer.config.PemFile;
import dev.leadline.balancer.config.TargetTls;
import dev.leadline.balancer.config.TargetWire;
import dev.leadline.balancer.config.TargetWire.Protocol;
import dev.leadline.balancer.config.TargetWire.ProxyVersion;
import dev.leadline.balancer.config.Tls;
import dev.leadline.routing.target.Target;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.SslHandler;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnectOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.impl.buffer.VertxByteBufAllocator;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.PromiseInternal;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.ConnectOptions;
import io.vertx.core.net.HostAndPort;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.OpenSSLEngineOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.TcpConfig;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.core.spi.transport.Transport;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Opens connections to targets. Who asked for one owns it: nothing is pooled here. Not thread-safe:
 * it belongs to one event loop.
 */
public final class TargetClient {

  private final Vertx vertx;
  private @Nullable NetClient sockets;
  private @Nullable Bootstrap plain;
  private Optional<ProxyVersion> preface = Optional.empty();
  private Duration connectTimeout;
  private long opened;
  private final NameTable names;
  private final ReadTurns turns = new ReadTurns();

  /** Makes one that gives a connection attempt up after this time, and a TLS handshake too. */
  public TargetClient(Vertx vertx, Duration connectTimeout) {
    names = NameTable.of(vertx);
    this.vertx = vertx;
    this.connectTimeout = connectTimeout;
  }

  /** From now on it gives a connection attempt up after this time, and a TLS handshake too. */
  public void giveUpAfter(Duration limit) {
    if (!limit.equals(connectTimeout)) {
      connectTimeout = limit;
      plain = null;
    }
  }

  /**
   * From now on connections for HTTP/1.1 without TLS begin with a PROXY header that names nobody,
   * and so do sockets.
   */
  public void beginWith(Optional<ProxyVersion> version) {
    preface = version;
  }

  /** How this client connects to this target. */
  public HttpConnectOptions addressOf(Target target, TargetWire wire) {
    HttpConnectOptions address =
        new HttpConnectOptions()
            .setServer(SocketAddress.inetSocketAddress(target.port(), target.address()))
            .setHost(inUrl(target.address()))
            .setPort(target.port());
    if (wire.protocol() != Protocol.HTTP1) {
      address.setProtocolVersion(HttpVersion.HTTP_2);
    }
    wire.tls().ifPresent(tls -> secure(address, target, tls));
    return address;
  }

  /** As a URL has it: an IPv6 address stands in brackets. */
  private static String inUrl(String host) {
    return host.indexOf(':') < 0 || host.startsWith("[") ? host : "[" + host + "]";
  }

  private void secure(HttpConnectOptions address, Target target, TargetTls tls) {
    ClientSSLOptions options =
        new ClientSSLOptions()
            .setTrustAll(!tls.verify())
            .setHostnameVerificationAlgorithm(tls.verify() ? "HTTPS" : "")
            .setSslHandshakeTimeout(connectTimeout.toMillis())
            .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS)
            .setEnabledSecureTransportProtocols(Set.of("TLSv1.2", "TLSv1.3"));
    Tls.CIPHER_SUITES.forEach(options::addEnabledCipherSuite);
    tls.ca().ifPresent(it -> options.setTrustOptions(new PemTrustOptions().addCertValue(pem(it))));
    tls.identity()
        .ifPresent(
            it ->
                options.setKeyCertOptions(
                    new PemKeyCertOptions()
                        .addCertValue(pem(it.certificate()))
                        .addKeyValue(pem(it.key()))));
    // The host is what the certificate is compared with and what is asked for (SNI), and not
    // Vert.x's own option for SNI: with that it would mix up connections that differ in more.
    address.setSsl(true).setSslOptions(options).setHost(tls.serverName().orElse(target.address()));
  }

  private static Buffer pem(PemFile file) {
    return Buffer.buffer(file.content());
  }

  /** Closes what it has for opening connections with TLS or HTTP/2, and those connections. */
  public void close() {
    if (sockets != null) {
      sockets.close();
    }
  }

  /** Opens a connection; whatever prevents it is the future's failure, never an exception. */
  public Future<TargetConnection> connect(HttpConnectOptions address) {
    try {
      return names
          .connect(address, this::open, TargetConnection::close)
          .onSuccess(connection -> opened++);
    } catch (RuntimeException e) {
      return Future.failedFuture(e);
    }
  }

  /**
   * Opens a connection that is not spoken HTTP on, and that is not read before its owner wants so.
   * Whatever prevents it is the future's failure, never an exception.
   */
  public Future<Channel> connectSocket(HttpConnectOptions address) {
    return connectSocket(address, opening -> {});
  }

  /**
   * The same for a client's connection: where that is closed before there is one to the target, it
   * is given up.
   */
  public Future<Channel> connectSocketFor(Channel client, HttpConnectOptions address) {
    return connectSocket(address, opening -> giveUpWith(client, opening));
  }

  private Future<Channel> connectSocket(HttpConnectOptions address, Consumer<Channel> begun) {
    try {
      return names
          .connect(
              address,
              it -> connectPlain(it, (channel, context) -> stopReading(channel), begun),
              TargetClient::close)
          .onSuccess(connection -> opened++);
    } catch (RuntimeException e) {
      return Future.failedFuture(e);
    }
  }

  private static void giveUpWith(Channel client, Channel opening) {
    client
        .closeFuture()
        .addListener(
            closed -> {
              if (!opening.isActive()) {
                var unused = opening.close();
              }
            });
  }

  private static Channel stopReading(Channel channel) {
    channel.config().setAutoRead(false);
    channel.pipeline().addFirst(PausedReads.HANDLER);
    return channel;
  }

  private static void close(Channel channel) {
    var unused = channel.close();
  }

  /** Connections that were opened so far. */
  public long opened() {
    return opened;
  }

  private Future<TargetConnection> open(HttpConnectOptions address) {
    if (address.getProtocolVersion() == HttpVersion.HTTP_2) {
      return connectHttp2(address);
    }
    return address.getSslOptions() == null
        ? connectPlain(
            address,
            (channel, context) ->
                new Http1TargetConnection(channel, context, authority(address, 80)),
            opening -> {})
        : connectTls(address);
  }

  private <C> Future<C> connectPlain(
      HttpConnectOptions address,
      BiFunction<Channel, ContextInternal, C> use,
      Consumer<Channel> begun) {
    ContextInternal context = ((ContextInternal) vertx.getOrCreateContext()).unwrap();
    PromiseInternal<C> result = context.promise();
    SocketAddress server = (SocketAddress) address.getServer();
    ChannelFuture connecting = plain(context).connect(context.owner().transport().convert(server));
    begun.accept(connecting.channel());
    connecting.addListener(
        (ChannelFuture done) -> {
          if (done.isSuccess()) {
            ProxyPreface.nobody(preface, done.channel());
            result.complete(use.apply(done.channel(), context));
          } else {
            result.fail(done.cause());
          }
        });
    return result.future();
  }

  /** Opens sockets as Vert.x does, without what it makes around them. */
  private Bootstrap plain(ContextInternal context) {
    Bootstrap known = plain;
    if (known == null || known.config().group() != context.nettyEventLoop()) {
      Transport transport = context.owner().transport();
      known =
          new Bootstrap()
              .group(context.nettyEventLoop())
              .channelFactory(transport.channelFactory(false))
              .resolver(context.owner().nameResolver().nettyAddressResolverGroup())
              .option(ChannelOption.ALLOCATOR, VertxByteBufAllocator.POOLED_ALLOCATOR)
              .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) connectTimeout.toMillis())
              .handler(
                  new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                      channel.pipeline().addLast(new DeferredClose(), turns);
                    }
                  });
      transport.configure(new TcpConfig(), false, known);
      plain = known;
    }
    return known;
  }

  private Future<TargetConnection> connectTls(HttpConnectOptions address) {
    return sockets()
        .connect(socketOptions(address).setSslOptions(address.getSslOptions()))
        .map(
            socket ->
                new Http1TargetConnection(
                    take((NetSocketInternal) socket, turns),
                    ((ConnectionBase) socket).context().unwrap(),
                    authority(address, 443)));
  }

  /** As a request has it: without the port that is the usual one. */
  private static String authority(HttpConnectOptions address, int usualPort) {
    String host = inUrl(address.getHost());
    return address.getPort() == usualPort ? host : host + ":" + address.getPort();
  }

  /** Not by Vert.x's client for HTTP: a target that never answers the preface would stay open. */
  private Future<TargetConnection> connectHttp2(HttpConnectOptions address) {
    ConnectOptions options = socketOptions(address);
    if (address.getSslOptions() != null) {
      options.setSslOptions(
          address
              .getSslOptions()
              .copy()
              .setUseAlpn(true)
              .setApplicationLayerProtocols(List.of("h2")));
    }
    HostAndPort authority = HostAndPort.authority(address.getHost(), address.getPort());
    return sockets()
        .connect(options)
        .compose(
            socket ->
                Http2TargetConnection.open(
                    (NetSocketInternal) socket, turns, authority, connectTimeout.toMillis()));
  }

  private ConnectOptions socketOptions(HttpConnectOptions address) {
    return new ConnectOptions()
        .setRemoteAddress((SocketAddress) address.getServer())
        .setHost(address.getHost())
        .setPort(address.getPort())
        .setTimeout((int) connectTimeout.toMillis())
        .setSsl(address.getSslOptions() != null);
  }

  /** Takes a socket on which nothing was sent yet from Vert.x; its TLS stays. */
  static Channel take(NetSocketInternal socket, ReadTurns turns) {
    Channel channel = socket.channelHandlerContext().channel();
    ChannelPipeline pipeline = channel.pipeline();
    for (ChannelHandler handler : pipeline.toMap().values()) {
      if (!(handler instanceof SslHandler)) {
        pipeline.remove(handler);
      }
    }
    pipeline.addFirst(new DeferredClose(), turns);
    return channel;
  }

  private NetClient sockets() {
    NetClient known = sockets;
    if (known == null) {
      NetClientOptions options = new NetClientOptions();
      if (OpenSSLEngineOptions.isAvailable()) {
        options.setSslEngineOptions(new OpenSSLEngineOptions());
      }
      known = vertx.createNetClient(options);
      sockets = known;
    }
    return known;
  }
}
