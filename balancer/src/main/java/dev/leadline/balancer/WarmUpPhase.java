package dev.leadline.balancer;

import dev.leadline.balancer.config.BalancerConfig;
import dev.leadline.balancer.config.BalancerConfig.Address;
import dev.leadline.balancer.config.BalancerConfig.Group;
import dev.leadline.balancer.config.BalancerConfig.Timeouts;
import dev.leadline.balancer.config.BalancerConfig.WarmUp;
import dev.leadline.balancer.config.Limits;
import dev.leadline.balancer.config.TargetWire;
import dev.leadline.balancer.probe.WarmUpRun;
import dev.leadline.balancer.proxy.Front;
import dev.leadline.balancer.proxy.LoopResources;
import dev.leadline.balancer.proxy.Proxy;
import dev.leadline.balancer.proxy.ProxyGroup;
import dev.leadline.balancer.proxy.ProxyHeaders;
import dev.leadline.balancer.rules.Action.Forward;
import dev.leadline.balancer.rules.Action.WeightedGroup;
import dev.leadline.balancer.rules.Rules;
import dev.leadline.balancer.tcp.TcpListener;
import dev.leadline.balancer.tcp.TcpProxy;
import dev.leadline.routing.GroupSettings;
import dev.leadline.routing.RoutingObserver;
import dev.leadline.routing.health.HealthThresholds;
import dev.leadline.routing.policy.builtin.Policies;
import dev.leadline.routing.target.Target;
import dev.leadline.routing.target.TargetGroup;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The warm-up: sends requests through a proxy of its own, so that Java compiles the code. Nothing
 * of it is counted.
 */
final class WarmUpPhase {

  private static final Logger LOG = Logger.getLogger(WarmUpPhase.class.getName());
  private static final Duration LIMIT = Duration.ofSeconds(15);
  private static final String GROUP = "warm-up";

  private WarmUpPhase() {}

  /**
   * Warms up as the configuration says, on this event loop; the result never fails.
   *
   * @param enough whether it should end before
   */
  static Future<?> run(Vertx vertx, BalancerConfig config, BooleanSupplier enough) {
    return config
        .warmUp()
        .<Future<?>>map(it -> run(vertx, config, it, enough))
        .orElseGet(Future::succeededFuture);
  }

  private static Future<?> run(
      Vertx vertx, BalancerConfig config, WarmUp warmUp, BooleanSupplier enough) {
    LoopResources loop =
        LoopResources.onThisLoop(vertx, 1, config.timeouts(), Optional.empty(), List.of());
    URI url = warmUp.url();
    ProxyGroup group =
        new ProxyGroup(loop, group(config, url), config.connections(), null, RoutingObserver.NONE);
    Rules rules = new Rules(List.of(), new Forward(List.of(new WeightedGroup(GROUP, 1))));
    Map<String, ProxyGroup> groups = Map.of(GROUP, group);
    Timeouts timeouts = config.timeouts();
    Limits limits = config.limits();
    Front proxy =
        config.isTcp()
            ? new TcpProxy(
                loop,
                new TcpListener(),
                rules,
                groups,
                timeouts,
                limits,
                new ProxyHeaders(Optional.empty()))
            : new Proxy(loop, rules, groups, timeouts, limits, Optional.empty());
    String path = url.getRawPath().isEmpty() ? "/" : url.getRawPath();
    String uri = url.getRawQuery() == null ? path : path + "?" + url.getRawQuery();
    LOG.log(
        Level.INFO,
        "warming up with {0} requests to {1}",
        new Object[] {Integer.toString(warmUp.requests()), url});
    long start = loop.clock().nanoTime();
    return proxy
        .listen(new Address("127.0.0.1", 0))
        .compose(port -> new WarmUpRun(vertx, port, uri, warmUp.requests()).run(LIMIT, enough))
        .onSuccess(
            answered -> {
              if (!enough.getAsBoolean()) {
                log(warmUp, answered, loop.clock().nanoTime() - start);
              }
            })
        .compose(answered -> proxy.stop(Duration.ofSeconds(1)))
        .recover(
            cause -> {
              LOG.log(Level.WARNING, "no warm-up: {0}", cause.getMessage());
              return Future.succeededFuture();
            });
  }

  private static Group group(BalancerConfig config, URI url) {
    int port = url.getPort() < 0 ? 80 : url.getPort();
    String host = url.getHost().replaceAll("[\\[\\]]", ""); // A URL has IPv6 addresses in brackets.
    Target target = new Target(GROUP, host, port, 1);
    return new Group(
        new TargetGroup(GROUP, List.of(target)),
        GroupSettings.of(Policies.DEFAULT),
        BalancerConfig.HealthCheck.of(
            "/", Duration.ofSeconds(10), Duration.ofSeconds(5), new HealthThresholds(1, 1)),
        BalancerConfig.ExtraRequests.DEFAULT,
        Optional.empty(),
        wireOf(target, config),
        BalancerConfig.Membership.LISTED,
        Optional.empty());
  }

  /** A target is spoken to as its group says. */
  private static TargetWire wireOf(Target target, BalancerConfig config) {
    return config.targetGroups().stream()
        .filter(it -> it.targets().targets().stream().anyMatch(of -> isSame(of, target)))
        .findFirst()
        .map(Group::wire)
        .orElse(TargetWire.PLAIN);
  }

  private static boolean isSame(Target one, Target other) {
    return one.port() == other.port() && one.address().equals(other.address());
  }

  private static void log(WarmUp warmUp, int answered, long nanos) {
    if (answered == 0) {
      LOG.log(Level.WARNING, "no warm-up: {0} did not answer", warmUp.url());
    } else {
      LOG.log(
          Level.INFO,
          "warm: {0} answers in {1} ms",
          new Object[] {Integer.toString(answered), Long.toString(nanos / 1_000_000)});
    }
  }
}
