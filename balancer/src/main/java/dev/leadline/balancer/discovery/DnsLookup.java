package dev.leadline.balancer.discovery;

import dev.leadline.balancer.config.BalancerConfig.Dns;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.dns.DefaultDnsQuestion;
import io.netty.handler.codec.dns.DnsRawRecord;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.handler.codec.dns.DnsResponseCode;
import io.netty.resolver.dns.DnsErrorCauseException;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.DnsNameResolverTimeoutException;
import io.netty.resolver.dns.NoopDnsCache;
import io.netty.resolver.dns.SequentialDnsServerAddressStreamProvider;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Looks names up in the hosts file of this machine, and if they are not there by DNS. */
final class DnsLookup implements NameLookup {

  private static final Path SYSTEM_HOSTS = Path.of("/etc/hosts");

  /** Entries of the hosts file have no TTL. */
  private static final Duration HOSTS_TTL = Duration.ofSeconds(5);

  private static final String LOCALHOST = "localhost";

  private final Vertx vertx;
  private final HostsFile hosts;
  private final Path resolvConf;
  private final DnsNameResolver resolver;

  /**
   * What the files of this machine say about a name.
   *
   * @param listed its addresses in the hosts file
   * @param candidates the names to ask DNS for if there are none
   */
  private record Local(List<InetAddress> listed, List<String> candidates) {}

  /** Makes one on the event loop that calls, with the files of this machine. */
  DnsLookup(Vertx vertx, Dns config) {
    this(vertx, config, SYSTEM_HOSTS, SearchList.SYSTEM);
  }

  DnsLookup(Vertx vertx, Dns config, Path hosts, Path resolvConf) {
    this.vertx = vertx;
    this.resolvConf = resolvConf;
    this.hosts = new HostsFile(hosts);
    var transport = ((VertxInternal) vertx).transport();
    DnsNameResolverBuilder builder =
        new DnsNameResolverBuilder(((ContextInternal) vertx.getOrCreateContext()).nettyEventLoop())
            .datagramChannelFactory(transport.datagramChannelFactory())
            // An answer that is too long for a datagram is asked for again over TCP.
            .socketChannelFactory(
                () -> (SocketChannel) transport.channelFactory(false).newChannel())
            .hostsFileEntriesResolver((name, types) -> null)
            .resolveCache(NoopDnsCache.INSTANCE)
            .queryTimeoutMillis(config.timeout().toMillis());
    if (!config.servers().isEmpty()) {
      builder.nameServerProvider(new SequentialDnsServerAddressStreamProvider(config.servers()));
    }
    resolver = builder.build();
  }

  @Override
  public Future<Answer> lookUp(String name) {
    return vertx
        .executeBlocking(
            () -> new Local(hosts.addresses(name), SearchList.read(resolvConf).candidates(name)))
        .compose(
            local -> {
              if (!local.listed.isEmpty()) {
                return Future.succeededFuture(ofHosts(local.listed));
              }
              return name.toLowerCase(Locale.ROOT).equals(LOCALHOST)
                  ? Future.succeededFuture(ofHosts(List.of(loopback())))
                  : ask(local.candidates);
            });
  }

  /**
   * Where nothing is known of one of them, the rest is not asked for: another host may have that
   * name.
   */
  private Future<Answer> ask(List<String> candidates) {
    Future<Answer> first = ask(candidates.get(0));
    return candidates.size() == 1
        ? first
        : first.compose(
            answer ->
                answer.isNone()
                    ? ask(candidates.subList(1, candidates.size()))
                    : Future.succeededFuture(answer));
  }

  /** RFC 6761, section 6.3: it never depends on DNS. */
  private static InetAddress loopback() {
    try {
      return InetAddress.getByAddress(LOCALHOST, new byte[] {127, 0, 0, 1});
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Answer ofHosts(List<InetAddress> listed) {
    return new Answer(
        Family.of(listed.stream().filter(Inet4Address.class::isInstance).toList(), HOSTS_TTL),
        Family.of(listed.stream().filter(it -> !(it instanceof Inet4Address)).toList(), HOSTS_TTL),
        "");
  }

  private Future<Answer> ask(String name) {
    Future<Family> v4 = ask(name, DnsRecordType.A);
    Future<Family> v6 = ask(name, DnsRecordType.AAAA);
    return Future.all(v4, v6)
        .map(both -> new Answer(v4.result(), v6.result(), "DNS has no address of this name"));
  }

  private Future<Family> ask(String name, DnsRecordType type) {
    DefaultDnsQuestion question;
    try {
      question = new DefaultDnsQuestion(name, type);
    } catch (IllegalArgumentException e) {
      return Future.succeededFuture(Family.unknown("this is no name: " + e.getMessage()));
    }
    Promise<Family> result = Promise.promise();
    resolver
        .resolveAll(question)
        .addListener(
            (io.netty.util.concurrent.Future<List<DnsRecord>> done) ->
                result.complete(
                    done.isSuccess() ? family(name, type, done.getNow()) : failure(done.cause())));
    return result.future();
  }

  private static Family family(String name, DnsRecordType type, List<DnsRecord> records) {
    List<InetAddress> addresses = new ArrayList<>();
    long seconds = Integer.MAX_VALUE;
    for (DnsRecord record : records) {
      InetAddress address = address(name, type, record);
      ReferenceCountUtil.release(record);
      if (address != null) {
        addresses.add(address);
        seconds = Math.min(seconds, record.timeToLive());
      }
    }
    return Family.of(addresses, Duration.ofSeconds(seconds));
  }

  private static @Nullable InetAddress address(String name, DnsRecordType type, DnsRecord record) {
    if (!(record instanceof DnsRawRecord raw) || !record.type().equals(type)) {
      return null;
    }
    ByteBuf content = raw.content();
    try {
      // The name belongs to the address, so that no reverse lookup is ever made for it.
      return InetAddress.getByAddress(name, ByteBufUtil.getBytes(content));
    } catch (UnknownHostException e) {
      return null; // A record of a wrong length.
    }
  }

  /** A name without addresses of a family is an answer; silence and a broken server are none. */
  private static Family failure(Throwable failure) {
    for (Throwable it = failure; it != null; it = it.getCause()) {
      if (it instanceof DnsErrorCauseException error) {
        return error.getCode().equals(DnsResponseCode.NXDOMAIN)
            ? Family.of(List.of(), Duration.ZERO)
            : Family.unknown("the DNS server answered " + error.getCode());
      }
      if (it instanceof DnsNameResolverTimeoutException) {
        return Family.unknown("the DNS server did not answer in time");
      }
    }
    Throwable last = failure;
    while (last.getCause() != null) {
      last = last.getCause();
    }
    return last instanceof UnknownHostException
        ? Family.of(List.of(), Duration.ZERO)
        : Family.unknown("the DNS server cannot be asked: " + last.getMessage());
  }

  @Override
  public void close() {
    resolver.close();
  }
}
