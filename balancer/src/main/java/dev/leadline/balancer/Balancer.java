package dev.leadline.balancer;

import dev.leadline.balancer.admin.AdminServer;
import dev.leadline.balancer.cloudwatch.CloudWatchPublisher;
import dev.leadline.balancer.cloudwatch.MetricReader;
import dev.leadline.balancer.config.BalancerConfig;
import dev.leadline.balancer.config.BalancerConfig.Address;
import dev.leadline.balancer.config.BalancerConfig.Group;
import dev.leadline.balancer.config.BalancerConfig.Rule;
import dev.leadline.balancer.config.BalancerConfig.WarmUp;
import dev.leadline.balancer.config.BalancerConfig.WeightedGroup;
import dev.leadline.balancer.config.ConfigException;
import dev.leadline.balancer.observe.GroupMeter;
import dev.leadline.balancer.observe.RoutingLog;
import dev.leadline.balancer.probe.HealthChecker;
import dev.leadline.balancer.probe.Prober;
import dev.leadline.balancer.probe.WarmUpRun;
import dev.leadline.balancer.proxy.ExtraBudget;
import dev.leadline.balancer.proxy.Proxy;
import dev.leadline.balancer.proxy.ProxyGroup;
import dev.leadline.balancer.proxy.RouterAccess;
import dev.leadline.balancer.proxy.SharedRouters;
import dev.leadline.balancer.proxy.TargetClient;
import dev.leadline.routing.GroupRouter;
import dev.leadline.routing.GroupSettings;
import dev.leadline.routing.RoutingObserver;
import dev.leadline.routing.clock.NanoClock;
import dev.leadline.routing.health.HealthThresholds;
import dev.leadline.routing.policy.builtin.Policies;
import dev.leadline.routing.target.Target;
import dev.leadline.routing.target.TargetGroup;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientAgent;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A running balancer: puts the parts together on one event loop, in the order in which they may
 * start, and takes them down again. Here, and nowhere below, the real clocks and the random source
 * come in. Where the configuration asks for more loops, each is a {@link FurtherLoop}.
 */
final class Balancer extends VerticleBase {

  private static final Logger LOG = Logger.getLogger(Balancer.class.getName());
  private static final Duration WARM_UP_LIMIT = Duration.ofSeconds(15);
  private static final Duration FIRST_VERDICTS_LIMIT = Duration.ofSeconds(2);
  private static final Duration FLUSH_LIMIT = Duration.ofSeconds(10);

  private final BalancerConfig config;
  private final String version;
  private final String transport;
  private final NanoClock clock = System::nanoTime;
  private final InstantSource wallClock = InstantSource.system();
  private final RandomGenerator random = new SplittableRandom();
  private final List<Future<?>> firstChecks = new ArrayList<>();
  private final List<MetricReader> readers = new ArrayList<>();
  private final Map<String, ProxyGroup> running = new LinkedHashMap<>();
  private final Map<String, HealthChecker> checkers = new LinkedHashMap<>();
  private final List<FurtherLoop> furtherLoops = new ArrayList<>();
  private RouterAccess access = RouterAccess.SINGLE_LOOP;
  private @Nullable Proxy proxy;
  private @Nullable CloudWatchPublisher publisher;
  private int port;
  private int adminPort;

  Balancer(BalancerConfig config, String version, String transport) {
    this.config = config;
    this.version = version;
    this.transport = transport;
  }

  @Override
  public Future<?> start() {
    if (config.loops() > 1) {
      SharedRouters shared = new SharedRouters();
      access = shared.onLoop(context);
      for (int i = 1; i < config.loops(); i++) {
        furtherLoops.add(
            new FurtherLoop(config, listenerAddress(), shared, running, clock, wallClock));
      }
    }
    HttpClientAgent client = TargetClient.create(vertx, config.timeouts());
    Map<String, ProxyGroup> groups = running;
    for (Group group : config.targetGroups()) {
      groups.put(group.name(), start(group, client));
    }
    List<ProxyGroup> list = List.copyOf(groups.values());
    Proxy listener = newProxy(config.rules(), groups, config.tls());
    proxy = listener;
    return Future.join(warmUp(client), firstVerdicts())
        .compose(prepared -> listen(listenerName(), listenerAddress(), listener::listen))
        .compose(opened -> startFurtherLoops().map(opened))
        .compose(
            opened -> {
              port = opened;
              LOG.log(Level.INFO, "listening on {0}:{1}", args(config.listener().host(), opened));
              startPublisher(list);
              return startAdmin(list);
            });
  }

  @Override
  public Future<?> stop() {
    readers.forEach(MetricReader::stop);
    return Future.succeededFuture();
  }

  private Future<?> startFurtherLoops() {
    return Future.all(furtherLoops.stream().map(vertx::deployVerticle).toList());
  }

  private ProxyGroup start(Group config, HttpClientAgent client) {
    ProxyGroup group =
        newGroup(config, client, new RoutingLog(config.name()), new GroupMeter(config.name()));
    HealthChecker checker = new HealthChecker(vertx, access, group.router(), config.healthCheck());
    checkers.put(config.name(), checker);
    firstChecks.add(checker.start());
    config
        .policy()
        .metric()
        .ifPresent(
            metric -> {
              MetricReader reader =
                  MetricReader.ofCloudWatch(vertx, access, group.router(), metric, wallClock);
              readers.add(reader);
              reader.start();
            });
    return group;
  }

  /**
   * With these in, the first requests go to healthy targets; a target that is silent is not waited
   * for.
   */
  private Future<?> firstVerdicts() {
    Promise<Void> waited = Promise.promise();
    vertx.setTimer(FIRST_VERDICTS_LIMIT.toMillis(), timer -> waited.tryComplete());
    Future.join(firstChecks).onComplete(done -> waited.tryComplete());
    return waited.future();
  }

  private ProxyGroup newGroup(
      Group group, HttpClientAgent client, RoutingObserver observer, GroupMeter meter) {
    ExtraBudget extra = new ExtraBudget(vertx, group.extra(), clock);
    Prober prober = new Prober(vertx, access, group.healthCheck(), clock, extra::mayProbe);
    GroupRouter router =
        new GroupRouter(group.targets(), group.routing(), clock, random, prober, observer);
    prober.start(router, group.policy().probeInterval());
    return new ProxyGroup(
        access,
        router,
        group.policy().name(),
        meter,
        extra,
        client,
        config.connections().sharedBy(config.loops()),
        clock);
  }

  /** Servers of several loops share a port that is left open only if they ask for the same -1. */
  private Address listenerAddress() {
    Address said = config.listener();
    return config.loops() > 1 && said.port() == 0 ? new Address(said.host(), -1) : said;
  }

  /** As messages call it: with TLS its files are the first suspects. */
  private String listenerName() {
    return config
        .tls()
        .map(
            tls ->
                "the listener with certificate %s and key %s"
                    .formatted(tls.certificate(), tls.key()))
        .orElse("the listener");
  }

  private Proxy newProxy(
      List<Rule> rules, Map<String, ProxyGroup> groups, Optional<BalancerConfig.Tls> tls) {
    return new Proxy(
        vertx,
        rules,
        groups,
        config.timeouts(),
        tls,
        clock,
        () -> wallClock.millis() / 1000,
        random);
  }

  private void startPublisher(List<ProxyGroup> groups) {
    config
        .cloudWatch()
        .ifPresent(
            cloudWatch -> {
              CloudWatchPublisher started =
                  CloudWatchPublisher.toCloudWatch(vertx, cloudWatch, groups, wallClock);
              started.start();
              publisher = started;
            });
  }

  private Future<?> startAdmin(List<ProxyGroup> groups) {
    if (config.admin().isEmpty()) {
      return Future.succeededFuture();
    }
    Address address = config.admin().get();
    AdminServer admin =
        new AdminServer(vertx, access, address, proxies(), groups, version, transport, clock);
    return listen("the admin listener", address, it -> admin.listen())
        .onSuccess(
            opened -> {
              adminPort = opened;
              LOG.log(Level.INFO, "admin on {0}:{1}", args(address.host(), opened));
            });
  }

  private static Future<Integer> listen(
      String what, Address address, Function<Address, Future<Integer>> open) {
    return open.apply(address)
        .recover(cause -> Future.failedFuture(new StartException(what, address, cause)));
  }

  /** Through a proxy of its own, before the public one opens, and without counting anything. */
  private Future<?> warmUp(HttpClientAgent client) {
    if (config.warmUp().isEmpty()) {
      return Future.succeededFuture();
    }
    WarmUp warmUp = config.warmUp().get();
    URI url = warmUp.url();
    int urlPort = url.getPort() < 0 ? 80 : url.getPort();
    TargetGroup target =
        new TargetGroup("warm-up", List.of(new Target("warm-up", url.getHost(), urlPort, 1)));
    Group group =
        new Group(
            target,
            GroupSettings.of(Policies.DEFAULT),
            new BalancerConfig.HealthCheck(
                "/", Duration.ofSeconds(10), Duration.ofSeconds(5), new HealthThresholds(1, 1)),
            BalancerConfig.ExtraRequests.DEFAULT);
    ProxyGroup proxied = newGroup(group, client, RoutingObserver.NONE, new GroupMeter("warm-up"));
    Proxy rehearsal =
        newProxy(
            List.of(new Rule(List.of("*"), List.of(new WeightedGroup("warm-up", 1)))),
            Map.of("warm-up", proxied),
            Optional.empty());
    String path = url.getRawPath().isEmpty() ? "/" : url.getRawPath();
    String uri = url.getRawQuery() == null ? path : path + "?" + url.getRawQuery();
    LOG.log(
        Level.INFO,
        "warming up with {0} requests to {1}",
        args(Integer.toString(warmUp.requests()), url));
    long start = clock.nanoTime();
    return rehearsal
        .listen(new Address("127.0.0.1", 0))
        .compose(
            rehearsalPort ->
                new WarmUpRun(vertx, rehearsalPort, uri, warmUp.requests()).run(WARM_UP_LIMIT))
        .onSuccess(answered -> logWarmUp(warmUp, answered, clock.nanoTime() - start))
        .compose(answered -> rehearsal.stop(Duration.ofSeconds(1)))
        .recover(
            cause -> {
              LOG.log(Level.WARNING, "no warm-up: {0}", cause.getMessage());
              return Future.succeededFuture();
            });
  }

  private static void logWarmUp(WarmUp warmUp, int answered, long nanos) {
    if (answered == 0) {
      LOG.log(Level.WARNING, "no warm-up: {0} did not answer", warmUp.url());
    } else {
      LOG.log(
          Level.INFO,
          "warm: {0} answers in {1} ms",
          args(Integer.toString(answered), Long.toString(nanos / 1_000_000)));
    }
  }

  /**
   * Takes the targets of another configuration over: new ones join, those that are gone end what
   * they have. Call on the event loop.
   *
   * @return what was done
   * @throws ConfigException if more than targets differs
   */
  String reload(BalancerConfig changed) {
    if (!changed.withoutTargets().equals(config.withoutTargets())) {
      throw new ConfigException(
          "only the targets of groups can change while the balancer runs; restart it for the rest");
    }
    int joined = 0;
    int left = 0;
    for (Group group : changed.targetGroups()) {
      GroupRouter router = Objects.requireNonNull(running.get(group.name())).router();
      Set<Target> before = new HashSet<>(router.group().targets());
      Set<Target> after = new HashSet<>(group.targets().targets());
      joined += (int) after.stream().filter(it -> !before.contains(it)).count();
      left += (int) before.stream().filter(it -> !after.contains(it)).count();
      if (!router.group().equals(group.targets())) {
        access.run(() -> router.update(group.targets()));
        Objects.requireNonNull(checkers.get(group.name())).checkAll();
      }
    }
    return joined + " targets joined, " + left + " left";
  }

  /** Port of the listener, once started. */
  int port() {
    return port;
  }

  /** Port of the admin listener, once started; 0 if there is none. */
  int adminPort() {
    return adminPort;
  }

  /** Requests on their way. */
  int requestsInFlight() {
    return Proxy.requestsInFlight(proxies());
  }

  /** One for each event loop, once started. */
  List<Proxy> proxies() {
    List<Proxy> all = new ArrayList<>();
    Proxy first = proxy;
    if (first != null) {
      all.add(first);
    }
    furtherLoops.forEach(it -> all.add(it.proxy()));
    return all;
  }

  /** Takes the listener down as {@link Proxy#stop} says, then the last figures. Any thread. */
  Future<?> drain() {
    return Future.future(
        promise ->
            context.runOnContext(
                now -> {
                  Proxy listener = proxy;
                  List<Future<Void>> stopped = new ArrayList<>();
                  if (listener != null) {
                    stopped.add(listener.stop(config.timeouts().shutdown()));
                  }
                  furtherLoops.forEach(it -> stopped.add(it.drain()));
                  Future.join(stopped)
                      .onComplete(
                          done -> {
                            CloudWatchPublisher running = publisher;
                            if (running != null) {
                              running.stop();
                            }
                            promise.complete();
                          });
                }));
  }

  /** Publishes what is left; blocks. */
  void flush() {
    CloudWatchPublisher running = publisher;
    if (running != null) {
      running.flush(FLUSH_LIMIT);
    }
  }

  /** Takes targets over from this file whenever it changes. Any thread. */
  void watch(Path file) {
    context.runOnContext(now -> new ConfigWatch(vertx, file, this::reload).start());
  }

  /** Runs a balancer in this Vert.x. */
  static Future<Balancer> run(
      Vertx vertx, BalancerConfig config, String version, String transport) {
    Balancer balancer = new Balancer(config, version, transport);
    return vertx.deployVerticle(balancer).map(id -> balancer);
  }

  private static Object[] args(Object first, Object second) {
    return new Object[] {first.toString(), second.toString()};
  }
}
