package dev.leadline.balancer.config;

import dev.leadline.balancer.rules.Cidr;
import dev.leadline.balancer.rules.Rules;
import dev.leadline.routing.GroupSettings;
import dev.leadline.routing.health.HealthThresholds;
import dev.leadline.routing.policy.RoutingPolicy;
import dev.leadline.routing.target.Target;
import dev.leadline.routing.target.TargetGroup;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The configuration of a balancer. Valid as soon as it exists: {@link ConfigReader} checks all of
 * it.
 *
 * @param listener where requests come in
 * @param protocol what clients speak there
 * @param loops event loops that serve the listener, 1 to 64; limits are divided among them
 * @param tls what the listener proves itself with; absent: it speaks plain HTTP
 * @param proxyProtocol whose connections begin with a PROXY header; absent: nobody's
 * @param admin where operators ask; absent: nowhere
 * @param peers the other balancers of its group; absent: it routes alone
 * @param warmUp how to warm up at the start; absent: not at all
 * @param cloudWatch where metrics go; absent: nowhere
 * @param accessLog where a line for every request goes; absent: nowhere
 * @param tracing which traces are begun and recorded; absent: none
 * @param connections limits of connections
 * @param timeouts how long to wait for what
 * @param limits what all clients together may take
 * @param dns how host names are looked up
 * @param targetGroups the groups, in the order of the file; names are unique
 * @param rules which requests go where
 */
public record BalancerConfig(
    Address listener,
    Protocol protocol,
    int loops,
    Optional<Tls> tls,
    Optional<ProxyProtocol> proxyProtocol,
    Optional<Address> admin,
    Optional<Peers> peers,
    Optional<WarmUp> warmUp,
    Optional<CloudWatch> cloudWatch,
    Optional<AccessLog> accessLog,
    Optional<Tracing> tracing,
    Connections connections,
    Timeouts timeouts,
    Limits limits,
    Dns dns,
    List<Group> targetGroups,
    Rules rules) {

  /** The same configuration with what these make of each group and of the peers. */
  public BalancerConfig with(UnaryOperator<Group> members, UnaryOperator<Peers> others) {
    return new BalancerConfig(
        listener,
        protocol,
        loops,
        tls,
        proxyProtocol,
        admin,
        peers.map(others),
        warmUp,
        cloudWatch,
        accessLog,
        tracing,
        connections,
        timeouts,
        limits,
        dns,
        targetGroups.stream().map(members).toList(),
        rules);
  }

  /**
   * What another configuration changes that a balancer can only take over when it starts: keys, as
   * messages name them.
   */
  public List<String> fixedKeysChangedBy(BalancerConfig other) {
    List<String> keys = new ArrayList<>();
    addIfChanged(keys, "listener.host", listener.host(), other.listener.host());
    addIfChanged(keys, "listener.port", listener.port(), other.listener.port());
    addIfChanged(keys, "listener.protocol", protocol, other.protocol);
    addIfChanged(keys, "listener.loops", loops, other.loops);
    addIfChanged(keys, "listener.tls", tls.isPresent(), other.tls.isPresent());
    addIfChanged(keys, "admin", admin, other.admin);
    addIfChanged(keys, "peers", peers.isPresent(), other.peers.isPresent());
    if (peers.isPresent() && other.peers.isPresent()) {
      Address now = peers.get().listen();
      addIfChanged(keys, "peers.host", now.host(), other.peers.get().listen().host());
      addIfChanged(keys, "peers.port", now.port(), other.peers.get().listen().port());
    }
    return keys;
  }

  /** What another configuration changes beside the groups: keys, as messages name them. */
  public List<String> keysChangedBy(BalancerConfig other) {
    List<String> keys = new ArrayList<>();
    addIfChanged(keys, "rules", rules, other.rules);
    addIfChanged(keys, "timeouts", timeouts, other.timeouts);
    addIfChanged(keys, "tracing", tracing, other.tracing);
    addIfChanged(keys, "limits", limits, other.limits);
    addIfChanged(keys, "connections", connections, other.connections);
    addIfChanged(keys, "dns", dns, other.dns);
    addIfChanged(keys, "accessLog", accessLog, other.accessLog);
    addIfChanged(keys, "cloudwatch", cloudWatch, other.cloudWatch);
    addIfChanged(keys, "listener.tls", tls, other.tls);
    addIfChanged(keys, "listener.proxyProtocol", proxyProtocol, other.proxyProtocol);
    addIfChanged(keys, "peers", peers, other.peers);
    return keys;
  }

  private static void addIfChanged(List<String> keys, String key, Object one, Object other) {
    if (!one.equals(other)) {
      keys.add(key);
    }
  }

  /** Every file of a certificate, a key or a secret that it is made from. */
  public List<Path> secretFiles() {
    List<Path> files = new ArrayList<>();
    tls.ifPresent(it -> files.addAll(it.files()));
    targetGroups.forEach(group -> group.wire().tls().ifPresent(it -> files.addAll(it.files())));
    peers.flatMap(it -> it.secret().file()).ifPresent(files::add);
    return files;
  }

  /** The group of this name, if there is one. */
  public Optional<Group> group(String name) {
    return targetGroups.stream().filter(it -> it.name().equals(name)).findFirst();
  }

  /** Whether the listener passes connections on as they are. */
  public boolean isTcp() {
    return protocol == Protocol.TCP;
  }

  /** What clients speak on the listener. */
  public enum Protocol {
    /** HTTP; requests are routed. */
    HTTP,
    /** Anything over TCP; connections are routed, and their bytes passed on as they are. */
    TCP
  }

  /**
   * An address to listen on.
   *
   * @param host host name or IP address of an interface
   * @param port TCP port; 0 takes any free one
   */
  public record Address(String host, int port) {

    @Override
    public String toString() {
      return host + ":" + port;
    }
  }

  /**
   * The PROXY protocol of a balancer in front.
   *
   * @param from the networks whose connections must begin with a header; from elsewhere none may
   * @param timeout for the whole header
   */
  public record ProxyProtocol(List<Cidr> from, Duration timeout) {}

  /**
   * How the balancer warms itself up.
   *
   * @param url what to request
   * @param requests how many times, 1 to 100,000
   * @param beforeListening whether the listener opens only after it
   */
  public record WarmUp(URI url, int requests, boolean beforeListening) {}

  /**
   * Where metrics are published.
   *
   * @param namespace namespace of all metrics
   * @param dimensions dimensions of all metrics, in the order of the file
   * @param interval time between two publications
   */
  public record CloudWatch(String namespace, Map<String, String> dimensions, Duration interval) {}

  /**
   * The access log.
   *
   * @param format how a line is written
   * @param file where to; absent: standard output
   * @param query whether the query of a request's URI is written too
   */
  public record AccessLog(Format format, Optional<Path> file, boolean query) {

    /** How a line is written. */
    public enum Format {
      /** A JSON object. */
      JSON,
      /** The fields of an Application Load Balancer's access log. */
      ALB
    }
  }

  /**
   * Traces of requests.
   *
   * @param sampled share of the traces begun here that are marked as sampled
   * @param otlp where the spans of sampled requests are sent; absent: none are recorded
   */
  public record Tracing(double sampled, Optional<URI> otlp) {}

  /**
   * Limits of the connections to targets.
   *
   * @param perTarget most connections to one target; requests beyond wait for one to be free
   * @param keepAlive how long an idle connection to a target is kept; below the target's own limit
   */
  public record Connections(int perTarget, Duration keepAlive) {

    /** The limits of one of so many event loops that have connections of their own. */
    public Connections sharedBy(int loops) {
      return new Connections(Math.max(1, perTarget / loops), keepAlive);
    }
  }

  /**
   * How long to wait for what.
   *
   * @param connect for a connection to a target; then 504
   * @param response for the first byte of a target's answer; then 504
   * @param idle without a byte from a target whose answer has begun
   * @param tunnel without a byte in either direction after an upgrade
   * @param request for the whole of a request; absent: for ever
   * @param clientHead for the head of a request, from its first byte on; then 408
   * @param clientBody without a byte of a request's body; then 408
   * @param clientIdle for the next request on a connection
   * @param tcpIdle without a byte in either direction on a connection of a TCP listener
   * @param tcpDrain for the connections of a TCP listener to a target that has left its group
   * @param shutdown for requests in flight when the balancer is asked to stop
   * @param shutdownDelay before it stops accepting them, and after it has said that it is not ready
   */
  public record Timeouts(
      Duration connect,
      Duration response,
      Duration idle,
      Duration tunnel,
      Optional<Duration> request,
      Duration clientHead,
      Duration clientBody,
      Duration clientIdle,
      Duration tcpIdle,
      Duration tcpDrain,
      Duration shutdown,
      Duration shutdownDelay) {}

  /**
   * A target group with what belongs to it.
   *
   * @param targets the targets
   * @param routing how requests are routed among them
   * @param healthCheck how they are checked
   * @param extra what may be sent to them beyond the clients' requests
   * @param stickiness how clients stay with a target; absent: they do not
   * @param wire how targets are spoken to
   * @param membership where the targets come from
   * @param loadMetric the metric with which targets say how many requests they have in flight;
   *     absent: they are not asked
   */
  public record Group(
      TargetGroup targets,
      GroupSettings routing,
      HealthCheck healthCheck,
      ExtraRequests extra,
      Optional<Stickiness> stickiness,
      TargetWire wire,
      Membership membership,
      Optional<String> loadMetric) {

    /** The same group with other targets. */
    public Group with(List<Target> others) {
      return others.equals(targets.targets())
          ? this
          : new Group(
              new TargetGroup(name(), others),
              routing,
              healthCheck,
              extra,
              stickiness,
              wire,
              membership,
              loadMetric);
    }

    /** Name of the group. */
    public String name() {
      return targets.name();
    }

    /** How a target is chosen. */
    public RoutingPolicy policy() {
      return routing.policy();
    }
  }

  /**
   * Where the targets of a group come from.
   *
   * @param file that lists them; absent: it is no file
   * @param aws how AWS is asked for them; absent: it is not. Without both the configuration lists
   *     them
   * @param eachAddress whether each address of a host name is a target of its own
   */
  public record Membership(Optional<Path> file, Optional<AwsMembers> aws, boolean eachAddress) {

    /** The configuration lists them, and a host name is one target. */
    public static final Membership LISTED =
        new Membership(Optional.empty(), Optional.empty(), false);
  }

  /**
   * How host names are looked up.
   *
   * @param servers DNS servers, asked in this order; empty: those of the system
   * @param timeout for the answer of one server
   * @param leastTtl how long an answer is used at least, whatever its TTL is
   * @param mostTtl how long an answer is used at most
   */
  public record Dns(
      List<InetSocketAddress> servers, Duration timeout, Duration leastTtl, Duration mostTtl) {}

  /**
   * How the requests of a client stay with one target.
   *
   * @param key with which cookies are signed; whoever has it can choose targets
   * @param duration after which a client that did not come back gets a new target
   * @param applicationCookie name of the cookie with which the application begins a session; empty:
   *     every request does
   */
  public record Stickiness(String key, Duration duration, String applicationCookie) {

    @Override
    public String toString() {
      return "Stickiness"; // Without the key, which is a secret.
    }
  }

  /**
   * What may be sent to a group beyond its clients' requests.
   *
   * @param retry whether a request that failed before anything of an answer was seen is sent once
   *     more to another target, where that is safe
   * @param retryCodes statuses of a target with which a request failed as well
   * @param hedging when a slow request is sent to a second target as well; absent: never
   * @param perRequest extra requests that one request earns
   * @param perSecond extra requests that each second earns
   */
  public record ExtraRequests(
      boolean retry,
      Optional<StatusCodes> retryCodes,
      Optional<Hedging> hedging,
      double perRequest,
      double perSecond) {

    /** The part of one of so many event loops that have a budget of their own. */
    public ExtraRequests sharedBy(int loops) {
      return new ExtraRequests(retry, retryCodes, hedging, perRequest, perSecond / loops);
    }

    /** What holds where the configuration says nothing. */
    public static final ExtraRequests DEFAULT = GroupForm.extra(new Fields());
  }

  /**
   * When a slow request is sent to a second target as well.
   *
   * @param quantile of the group's response times after which a request is slow
   * @param leastDelay but not earlier than after this
   */
  public record Hedging(double quantile, Duration leastDelay) {}

  /**
   * How targets are checked.
   *
   * @param connectOnly whether a connection is all that is asked for, and no request is sent
   * @param path path and query to request
   * @param method to request it with
   * @param port where; absent: at the target's own
   * @param successCodes statuses with which a check succeeds
   * @param service what a gRPC target is asked about; empty: the whole server
   * @param interval time between two checks of a target
   * @param timeout after which a check has failed; at most the interval
   * @param thresholds results in a row that change the verdict
   */
  public record HealthCheck(
      boolean connectOnly,
      String path,
      String method,
      Optional<Integer> port,
      StatusCodes successCodes,
      String service,
      Duration interval,
      Duration timeout,
      HealthThresholds thresholds) {

    /** The same where only these are configured. */
    public static HealthCheck of(
        String path, Duration interval, Duration timeout, HealthThresholds thresholds) {
      return new HealthCheck(
          false,
          path,
          "GET",
          Optional.empty(),
          StatusCodes.SUCCESS,
          "",
          interval,
          timeout,
          thresholds);
    }
  }
}
