package dev.leadline.balancer;

import dev.leadline.balancer.accesslog.AccessLogs;
import dev.leadline.balancer.admin.AdminServer;
import dev.leadline.balancer.config.BalancerConfig;
import dev.leadline.balancer.config.BalancerConfig.Address;
import dev.leadline.balancer.config.BalancerConfig.Group;
import dev.leadline.balancer.config.BalancerConfig.Tracing;
import dev.leadline.balancer.config.BalancerConfig.WarmUp;
import dev.leadline.balancer.config.ConfigException;
import dev.leadline.balancer.discovery.Discovery;
import dev.leadline.balancer.observe.BalancerSnapshot;
import dev.leadline.balancer.observe.PeersSnapshot;
import dev.leadline.balancer.proxy.ProxyHeaders;
import dev.leadline.balancer.tracing.Spans;
import dev.leadline.routing.explain.Decision;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A running balancer: its event loops, and beside them what there is once, such as health checks
 * and the admin listener. Puts these parts together in the order in which they may start, and takes
 * them down again.
 */
final class Balancer extends VerticleBase implements AdminServer.View, Reload.Parts {

  private static final Logger LOG = Logger.getLogger(Balancer.class.getName());
  private static final Duration FIRST_VERDICTS_LIMIT = Duration.ofMillis(500);
  private static final Duration LOG_LIMIT = Duration.ofSeconds(2);
  private static final Duration SPANS_LIMIT = Duration.ofSeconds(1);

  private final BalancerConfig first;
  private final Callable<BalancerConfig> source;
  private final AdminServer.About about;
  private final AccessLogs accessLogs;
  private final Spans spans;
  private final ProxyHeaders headersOfChecks;
  private final LoopGroup loops;
  private final Map<String, GroupChecks> checks = new HashMap<>();
  private @Nullable Reload reload;
  private @Nullable Discovery discovery;
  private @Nullable Publishing publishing;
  private boolean checking;
  private final Promise<Void> warm = Promise.promise();
  private volatile boolean stopping;
  private int port;
  private int adminPort;

  private Balancer(
      BalancerConfig config, Callable<BalancerConfig> source, AdminServer.About about) {
    first = config;
    this.source = source;
    this.about = about;
    accessLogs = new AccessLogs(config.accessLog(), config.loops());
    spans = new Spans(about.version());
    spans.use(config.tracing().flatMap(Tracing::otlp));
    headersOfChecks = new ProxyHeaders(config.proxyProtocol());
    loops = new LoopGroup(config, spans);
  }

  /**
   * Runs a balancer in this Vert.x.
   *
   * @param source reads the configuration again when the balancer is to reload it; may block
   */
  static Future<Balancer> run(
      Vertx vertx,
      BalancerConfig config,
      Callable<BalancerConfig> source,
      String version,
      String transport) {
    Balancer balancer = new Balancer(config, source, new AdminServer.About(version, transport));
    return vertx.deployVerticle(balancer).map(id -> balancer);
  }

  @Override
  public Future<?> start() {
    reload = new Reload(vertx, first, this);
    publishing = new Publishing(vertx, loops::readWindow, this::snapshot);
    return loops
        .start(vertx)
        .compose(started -> loops.logTo(accessLogs.current()))
        .compose(logging -> findTargets())
        .compose(found -> startAdmin())
        .compose(opened -> Objects.requireNonNull(discovery).listed())
        .compose(listed -> startPeers())
        .compose(opened -> firstVerdicts(startChecks()))
        .compose(checked -> warmsUpFirst() ? warmUp() : Future.succeededFuture())
        .compose(prepared -> listen("the listener", first.listener(), loops::listen))
        .onSuccess(
            opened -> {
              port = opened;
              LOG.log(Level.INFO, "listening on {0}:{1}", args(first.listener().host(), opened));
              publishing().start(current().cloudWatch());
              (warmsUpFirst() ? Future.succeededFuture() : warmUp())
                  .onComplete(done -> warm.complete());
            });
  }

  private boolean warmsUpFirst() {
    return first.warmUp().map(WarmUp::beforeListening).orElse(false);
  }

  private Future<?> warmUp() {
    return WarmUpPhase.run(vertx, first, () -> stopping);
  }

  @Override
  public Future<?> stop() {
    checks.values().forEach(GroupChecks::stop);
    if (discovery != null) {
      discovery.stop();
    }
    accessLogs.close();
    spans.use(Optional.empty());
    return loops.peers().leave();
  }

  /** Names are looked up first; one that does not resolve in time is not waited for. */
  private Future<?> findTargets() {
    Discovery started = new Discovery(vertx, first, () -> reloads().takeTargets());
    discovery = started;
    return started
        .prepare(first)
        .onSuccess(
            known -> {
              started.use(first);
              reloads().takeTargets();
            });
  }

  @Override
  public void find(BalancerConfig changed) {
    Objects.requireNonNull(discovery).use(changed);
  }

  @Override
  public BalancerConfig found() {
    return Objects.requireNonNull(discovery).current();
  }

  /** Starts what finds something out about targets; the result comes with the first verdicts. */
  private Future<?> startChecks() {
    checking = true;
    return Future.join(current().targetGroups().stream().map(this::startChecks).toList());
  }

  private Future<?> startChecks(Group group) {
    String name = group.name();
    GroupChecks started =
        new GroupChecks(
            vertx, group, () -> reloads().targets(name), action -> loops.each(name, action));
    checks.put(name, started);
    return started.start();
  }

  @Override
  public Future<?> prepare(BalancerConfig changed) {
    Discovery targets = Objects.requireNonNull(discovery);
    Future<?> known = targets.prepare(changed);
    Future<?> listed = targets.list(changed);
    return accessLogs
        .prepare(vertx, changed.accessLog())
        .compose(opened -> prepareTls(changed))
        .compose(proved -> known)
        .compose(resolved -> listed)
        .onFailure(
            cause -> {
              targets.forgetPrepared();
              accessLogs.forgetPrepared();
            });
  }

  private Future<?> prepareTls(BalancerConfig changed) {
    return changed
        .tls()
        .<Future<?>>map(
            tls ->
                loops
                    .take(tls)
                    .recover(
                        cause ->
                            Future.failedFuture(
                                new ConfigException("listener.tls cannot be used: " + cause))))
        .orElseGet(Future::succeededFuture);
  }

  @Override
  public void take(BalancerConfig former, BalancerConfig changed) {
    loops.take(changed);
    headersOfChecks.use(changed.proxyProtocol());
    accessLogs.take(changed.accessLog(), loops);
    spans.use(changed.tracing().flatMap(Tracing::otlp));
    if (!checking) {
      return; // They start with the targets that there are then.
    }
    former.targetGroups().stream()
        .filter(it -> changed.group(it.name()).isEmpty())
        .forEach(it -> Objects.requireNonNull(checks.remove(it.name())).stop());
    for (Group group : changed.targetGroups()) {
      GroupChecks running = checks.get(group.name());
      if (running == null) {
        startChecks(group);
      } else if (!running.suit(group)) {
        running.stop();
        startChecks(group);
      } else if (!former.group(group.name()).equals(Optional.of(group))) {
        running.checkNow();
      }
    }
    if (!changed.cloudWatch().equals(former.cloudWatch())) {
      publishing().change(changed.cloudWatch());
    }
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

  private Future<?> startPeers() {
    if (first.peers().isEmpty()) {
      return Future.succeededFuture();
    }
    Address address = first.peers().get().listen();
    return loops
        .peers()
        .start(vertx, current())
        .onSuccess(opened -> LOG.log(Level.INFO, "peers on {0} (UDP)", address))
        .recover(cause -> Future.failedFuture(new StartException("the peers", address, cause)));
  }

  private Future<?> startAdmin() {
    if (first.admin().isEmpty()) {
      return Future.succeededFuture();
    }
    Address address = first.admin().get();
    AdminServer admin = new AdminServer(vertx, address, headersOfChecks, about, this);
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

  @Override
  public Map<String, String> policies() {
    Map<String, String> byGroup = new LinkedHashMap<>();
    current().targetGroups().forEach(it -> byGroup.put(it.name(), it.policy().name()));
    return byGroup;
  }

  @Override
  public boolean isReady() {
    return warm.future().isComplete() && !stopping;
  }

  /** Comes when the listener is open and the warm-up has ended. */
  Future<Void> warm() {
    return warm.future();
  }

  @Override
  public Future<BalancerSnapshot> snapshot() {
    return loops
        .snapshot()
        .map(
            it ->
                it.with(
                    reloads().done(), reloads().failed(), accessLogs.dropped(), spans.dropped()))
        .map(it -> it.with(Objects.requireNonNull(discovery).snapshot()))
        .compose(it -> loops.peers().snapshot().map(peers -> it.with(shown(peers))));
  }

  private PeersSnapshot shown(PeersSnapshot peers) {
    return peers.with(Objects.requireNonNull(discovery).peersProblem());
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

  /**
   * Is not ready any more, accepts and serves requests until those who ask whether it is have seen
   * that, even if nobody is connected meanwhile, lets requests in flight end, and takes the last
   * figures. Any thread.
   */
  Future<?> drain() {
    stopping = true;
    Promise<Void> drained = Promise.promise();
    context.runOnContext(
        now ->
            loops
                .drain(vertx, shutdownDelay())
                .eventually(() -> loops.peers().leave())
                .eventually(publishing()::stop)
                .onComplete(done -> drained.complete()));
    return drained.future();
  }

  /** Nobody can ask without an admin port. */
  Duration shutdownDelay() {
    return adminPort == 0 ? Duration.ZERO : current().timeouts().shutdownDelay();
  }

  /** Publishes and writes what is left; blocks. */
  void flush() throws InterruptedException {
    accessLogs.close();
    accessLogs.awaitEnd(LOG_LIMIT);
    spans.close(SPANS_LIMIT);
    if (publishing != null) {
      publishing.flush();
    }
  }

  /** Reads the configuration again and takes it over. Any thread; the log says what came of it. */
  @Override
  public Future<String> reload() {
    Promise<String> result = Promise.promise();
    context.runOnContext(now -> reloads().from(source).onComplete(result));
    return result.future();
  }

  /** Reloads whenever this file, or one that the configuration names, changes. Any thread. */
  void watch(Path file) {
    ConfigWatch watch = new ConfigWatch(vertx, () -> watched(file), () -> reloads().from(source));
    context.runOnContext(now -> watch.start());
  }

  private List<Path> watched(Path file) {
    List<Path> files = new ArrayList<>(List.of(file));
    files.addAll(current().secretFiles());
    return files;
  }

  private Publishing publishing() {
    return Objects.requireNonNull(publishing, "not started");
  }

  private Reload reloads() {
    return Objects.requireNonNull(reload, "not started");
  }

  /** The configuration now. Any thread. */
  BalancerConfig current() {
    return reloads().config();
  }

  private static Object[] args(Object first, Object second) {
    return new Object[] {first.toString(), second.toString()};
  }
}
