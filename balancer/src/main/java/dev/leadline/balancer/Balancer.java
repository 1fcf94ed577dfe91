package dev.leadline.balancer;

import dev.leadline.balancer.accesslog.AccessLog;
import dev.leadline.balancer.admin.AdminServer;
import dev.leadline.balancer.cloudwatch.CloudWatchPublisher;
import dev.leadline.balancer.cloudwatch.MetricReader;
import dev.leadline.balancer.config.BalancerConfig;
import dev.leadline.balancer.config.BalancerConfig.Address;
import dev.leadline.balancer.config.BalancerConfig.Group;
import dev.leadline.balancer.observe.BalancerSnapshot;
import dev.leadline.balancer.probe.HealthChecker;
import dev.leadline.balancer.probe.Prober;
import dev.leadline.routing.explain.Decision;
import dev.leadline.routing.target.Target;
import dev.leadline.routing.target.TargetGroup;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A running balancer: its event loops, and beside them what there is once, such as health checks
 * and the admin listener. Puts these parts together in the order in which they may start, and takes
 * them down again.
 */
final class Balancer extends VerticleBase implements AdminServer.View {

  private static final Logger LOG = Logger.getLogger(Balancer.class.getName());
  private static final Duration FIRST_VERDICTS_LIMIT = Duration.ofSeconds(2);
  private static final Duration FLUSH_LIMIT = Duration.ofSeconds(10);
  private static final Duration LOG_LIMIT = Duration.ofSeconds(2);

  private final BalancerConfig config;
  private final AdminServer.About about;
  private final InstantSource wallClock = InstantSource.system();
  private final @Nullable AccessLog accessLog;
  private final LoopGroup loops;
  private final Reload reload;
  private final Map<String, HealthChecker> checkers = new HashMap<>();
  private final List<MetricReader> readers = new ArrayList<>();
  private @Nullable CloudWatchPublisher publisher;
  private int port;
  private int adminPort;

  Balancer(BalancerConfig config, String version, String transport) {
    this.config = config;
    about = new AdminServer.About(version, transport);
    accessLog = config.accessLog().map(it -> AccessLog.open(it, config.loops())).orElse(null);
    loops = new LoopGroup(config, accessLog);
    reload = new Reload(config, this::update);
  }

  /** Runs a balancer in this Vert.x. */
  static Future<Balancer> run(
      Vertx vertx, BalancerConfig config, String version, String transport) {
    Balancer balancer = new Balancer(config, version, transport);
    return vertx.deployVerticle(balancer).map(id -> balancer);
  }

  @Override
  public Future<?> start() {
    return loops
        .start(vertx)
        .compose(
            started -> Future.join(WarmUpPhase.run(vertx, config), firstVerdicts(startChecks())))
        .compose(prepared -> listen("the listener", config.listener(), loops::listen))
        .compose(
            opened -> {
              port = opened;
              LOG.log(Level.INFO, "listening on {0}:{1}", args(config.listener().host(), opened));
              startPublisher();
              return startAdmin();
            });
  }

  @Override
  public Future<?> stop() {
    readers.forEach(MetricReader::stop);
    if (accessLog != null) {
      accessLog.close();
    }
    return Future.succeededFuture();
  }

  /** Starts what finds something out about targets; the result comes with the first verdicts. */
  private Future<?> startChecks() {
    List<Future<?>> first = new ArrayList<>();
    for (Group group : config.targetGroups()) {
      String name = group.name();
      Supplier<List<Target>> targets = () -> reload.targets(name);
      HealthChecker checker =
          new HealthChecker(
              vertx,
              group.healthCheck(),
              targets,
              (target, success) -> loops.each(name, it -> it.checked(target, success)));
      checkers.put(name, checker);
      first.add(checker.start());
      group
          .policy()
          .probeInterval()
          .ifPresent(
              interval ->
                  new Prober(
                          vertx,
                          group.healthCheck().path(),
                          interval,
                          (target, nanos) -> loops.each(name, it -> it.probed(target, nanos)))
                      .sendEvery(interval, targets));
      group
          .policy()
          .metric()
          .ifPresent(
              metric -> {
                MetricReader reader =
                    MetricReader.ofCloudWatch(
                        vertx,
                        name,
                        metric,
                        targets,
                        (target, value, trueAt) ->
                            loops.each(name, it -> it.measured(target, value, trueAt)));
                readers.add(reader);
                reader.start();
              });
    }
    return Future.join(first);
  }

  /**
   * With these in, the first requests go to healthy targets; a target that is silent is not waited
   * for.
   */
  private Future<?> firstVerdicts(Future<?> checks) {
    Promise<Void> waited = Promise.promise();
    vertx.setTimer(FIRST_VERDICTS_LIMIT.toMillis(), timer -> waited.tryComplete());
    checks.onComplete(done -> waited.tryComplete());
    return waited.future();
  }

  private void startPublisher() {
    config
        .cloudWatch()
        .ifPresent(
            cloudWatch -> {
              CloudWatchPublisher started =
                  CloudWatchPublisher.toCloudWatch(vertx, cloudWatch, loops::readWindow, wallClock);
              started.start();
              publisher = started;
            });
  }

  private Future<?> startAdmin() {
    if (config.admin().isEmpty()) {
      return Future.succeededFuture();
    }
    Address address = config.admin().get();
    AdminServer admin = new AdminServer(vertx, address, about, this);
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

  private void update(TargetGroup group) {
    loops.each(group.name(), it -> it.router().update(group));
    Objects.requireNonNull(checkers.get(group.name())).checkAll();
  }

  @Override
  public Map<String, String> policies() {
    Map<String, String> byGroup = new LinkedHashMap<>();
    config.targetGroups().forEach(it -> byGroup.put(it.name(), it.policy().name()));
    return byGroup;
  }

  @Override
  public Future<BalancerSnapshot> snapshot() {
    return loops
        .snapshot()
        .map(it -> accessLog == null ? it : it.withDroppedLogLines(accessLog.dropped()));
  }

  @Override
  public Future<List<List<Decision>>> decisions(String group, int most) {
    return loops.decisions(group, most);
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
    return loops.requestsInFlight();
  }

  /** Lets requests in flight end and takes the last figures. Any thread. */
  Future<?> drain() {
    Promise<Void> drained = Promise.promise();
    context.runOnContext(
        now ->
            loops.drain().eventually(this::stopPublisher).onComplete(done -> drained.complete()));
    return drained.future();
  }

  private Future<?> stopPublisher() {
    CloudWatchPublisher running = publisher;
    return running == null ? Future.succeededFuture() : running.stop();
  }

  /** Publishes and writes what is left; blocks. */
  void flush() throws InterruptedException {
    if (accessLog != null) {
      accessLog.close();
      accessLog.awaitEnd(LOG_LIMIT);
    }
    CloudWatchPublisher running = publisher;
    if (running != null) {
      running.flush(FLUSH_LIMIT);
    }
  }

  /** Takes targets over from this file whenever it changes. Any thread. */
  void watch(Path file) {
    context.runOnContext(now -> new ConfigWatch(vertx, file, reload::takeOver).start());
  }

  private static Object[] args(Object first, Object second) {
    return new Object[] {first.toString(), second.toString()};
  }
}
