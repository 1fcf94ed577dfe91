package dev.leadline.balancer;

import dev.leadline.balancer.accesslog.AccessLog;
import dev.leadline.balancer.accesslog.LoopLog;
import dev.leadline.balancer.config.BalancerConfig;
import dev.leadline.balancer.config.BalancerConfig.Address;
import dev.leadline.balancer.config.BalancerConfig.Group;
import dev.leadline.balancer.observe.RequestEnd;
import dev.leadline.balancer.observe.RoutingLog;
import dev.leadline.balancer.proxy.Front;
import dev.leadline.balancer.proxy.LoopResources;
import dev.leadline.balancer.proxy.Proxy;
import dev.leadline.balancer.proxy.ProxyGroup;
import dev.leadline.balancer.proxy.ProxyHeaders;
import dev.leadline.balancer.tcp.TcpListener;
import dev.leadline.balancer.tcp.TcpProxy;
import dev.leadline.balancer.tracing.Spans;
import dev.leadline.routing.target.SharedCounts;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One event loop of a {@link Balancer}: a listener, and routers and connections to the targets of
 * its own. All loops are the same; they listen on one port, and Vert.x hands each the next
 * connection of a client.
 */
final class BalancerLoop extends VerticleBase {

  private BalancerConfig config;
  private final int number;
  private Map<String, SharedCounts> counts;
  private Map<String, ProxyGroup> groups = new LinkedHashMap<>();
  private final Spans spans;
  private final TcpListener tcpListener;
  private final ProxyHeaders proxyHeaders;
  private @Nullable LoopLog log;
  private @Nullable LoopResources loop;
  private @Nullable Front front;

  /**
   * @param number of the loop, from 0 on
   * @param counts what the loops have in flight, by the group's name
   * @param spans what records requests
   * @param tcpListener of all loops, where connections are passed on as they are
   */
  BalancerLoop(
      BalancerConfig config,
      int number,
      Map<String, SharedCounts> counts,
      Spans spans,
      TcpListener tcpListener) {
    this.tcpListener = tcpListener;
    this.config = config;
    this.number = number;
    this.counts = counts;
    this.spans = spans;
    proxyHeaders = new ProxyHeaders(config.proxyProtocol());
  }

  @Override
  public Future<?> start() {
    LoopResources own =
        LoopResources.onThisLoop(
            vertx, config.loops(), config.timeouts(), config.tracing(), List.of(spans, this::log));
    loop = own;
    config.targetGroups().forEach(it -> groups.put(it.name(), newGroup(own, it)));
    front = newFront(own);
    return Future.succeededFuture();
  }

  private Front newFront(LoopResources own) {
    return config.isTcp()
        ? new TcpProxy(
            own,
            tcpListener,
            config.rules(),
            groups,
            config.timeouts(),
            config.limits(),
            proxyHeaders)
        : new Proxy(
            own,
            config.rules(),
            groups,
            config.timeouts(),
            config.limits(),
            config.tls(),
            proxyHeaders);
  }

  private ProxyGroup newGroup(LoopResources own, Group group) {
    return new ProxyGroup(
        own,
        group,
        config.connections(),
        Objects.requireNonNull(counts.get(group.name())).view(number),
        new RoutingLog(group.name(), number));
  }

  /** Takes another configuration over, with the counts of its groups. Call it on this loop. */
  void take(BalancerConfig changed, Map<String, SharedCounts> changedCounts) {
    LoopResources own = Objects.requireNonNull(loop);
    own.client().giveUpAfter(changed.timeouts().connect());
    proxyHeaders.use(changed.proxyProtocol());
    config = changed;
    counts = changedCounts;
    Map<String, ProxyGroup> next = new LinkedHashMap<>();
    for (Group group : changed.targetGroups()) {
      ProxyGroup known = groups.get(group.name());
      if (known == null) {
        known = newGroup(own, group);
      } else {
        known.use(group, changed.connections());
      }
      next.put(group.name(), known);
    }
    groups = next;
    front().trace(changed.tracing());
    front().take(changed.rules(), next, changed.timeouts(), changed.limits());
  }

  private void log(RequestEnd end) {
    LoopLog now = log;
    if (now != null) {
      now.ended(end);
    }
  }

  /** Logs requests that end from now on here; null: nowhere. Call it on this loop. */
  boolean logTo(@Nullable AccessLog next) {
    if (log != null) {
      log.end();
    }
    log = next == null ? null : next.onThisLoop(vertx);
    return true;
  }

  /** Does something on this loop. Any thread. */
  void run(Runnable action) {
    context.runOnContext(now -> action.run());
  }

  /** Asks something on this loop; the answer comes on the event loop that asks, if it is one. */
  <T> Future<T> ask(Supplier<T> question) {
    @Nullable Context asker = Vertx.currentContext();
    Promise<T> answer = Promise.promise();
    context.runOnContext(
        now -> {
          T found = question.get();
          if (asker == null) {
            answer.complete(found);
          } else {
            asker.runOnContext(then -> answer.complete(found));
          }
        });
    return answer.future();
  }

  /** Opens the listener; the result is the port it has. Any thread. */
  Future<Integer> listen(Address address) {
    return ask(() -> front().listen(address)).compose(port -> port);
  }

  /** Lets clients go as {@link Front#retire} says. Any thread. */
  void retire() {
    run(() -> front().retire());
  }

  /** Takes the listener down as {@link Front#stop} says. Any thread. */
  Future<Void> drain() {
    return ask(() -> front().stop(config.timeouts().shutdown()))
        .compose(stopped -> stopped)
        .eventually(() -> ask(this::handOverLog));
  }

  private boolean handOverLog() {
    if (log != null) {
      log.handOver();
    }
    return true;
  }

  /** Where requests or connections come in. */
  Front front() {
    return Objects.requireNonNull(front, "not started");
  }

  /** The group of this name; null if the configuration no longer has it. */
  @Nullable ProxyGroup group(String name) {
    return groups.get(name);
  }

  /** All groups, by name, in the order of the configuration. */
  Map<String, ProxyGroup> groups() {
    return groups;
  }
}
