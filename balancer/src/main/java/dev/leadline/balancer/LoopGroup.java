package dev.leadline.balancer;

import dev.leadline.balancer.accesslog.AccessLog;
import dev.leadline.balancer.accesslog.AccessLogs;
import dev.leadline.balancer.config.BalancerConfig;
import dev.leadline.balancer.config.BalancerConfig.Address;
import dev.leadline.balancer.config.BalancerConfig.Group;
import dev.leadline.balancer.config.Tls;
import dev.leadline.balancer.observe.BalancerSnapshot;
import dev.leadline.balancer.observe.WindowReading;
import dev.leadline.balancer.proxy.Front;
import dev.leadline.balancer.proxy.ProxyGroup;
import dev.leadline.balancer.tcp.TcpListener;
import dev.leadline.balancer.tracing.Spans;
import dev.leadline.routing.explain.Decision;
import dev.leadline.routing.target.SharedCounts;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The event loops of a balancer. What is found out once is done on each of them, in the order in
 * which it was found out; what they count is added up when somebody looks. Thread-safe once
 * started.
 */
final class LoopGroup implements AccessLogs.Loops {

  private final List<BalancerLoop> loops;
  private final LoopPeers peers;
  private volatile Map<String, SharedCounts> counts;

  /**
   * The loops that the configuration asks for, not started yet.
   *
   * @param spans what records requests
   */
  LoopGroup(BalancerConfig config, Spans spans) {
    counts = counts(config, Map.of());
    TcpListener tcpListener = new TcpListener();
    loops =
        IntStream.range(0, config.loops())
            .mapToObj(number -> new BalancerLoop(config, number, counts, spans, tcpListener))
            .toList();
    peers = new LoopPeers(loops);
  }

  private static Map<String, SharedCounts> counts(
      BalancerConfig config, Map<String, SharedCounts> former) {
    Map<String, SharedCounts> counts = new HashMap<>();
    for (Group group : config.targetGroups()) {
      SharedCounts known = former.get(group.name());
      counts.put(group.name(), known == null ? new SharedCounts(config.loops()) : known);
    }
    return Map.copyOf(counts);
  }

  /** Lets every loop take another configuration over. What is done after it sees the new groups. */
  void take(BalancerConfig changed) {
    Map<String, SharedCounts> next = counts(changed, counts);
    counts = next;
    loops.forEach(loop -> loop.run(() -> loop.take(changed, next)));
    peers.take(changed);
  }

  /** The exchange with other balancers. */
  LoopPeers peers() {
    return peers;
  }

  @Override
  public Future<?> logTo(@Nullable AccessLog log) {
    return ask(loop -> loop.logTo(log));
  }

  /** Proves the listener with these certificates, as {@link Front#take(Tls)} says. */
  Future<?> take(Tls tls) {
    return loops.get(0).ask(() -> loops.get(0).front().take(tls)).compose(taken -> taken);
  }

  /** Starts all loops; they do not listen yet. */
  Future<?> start(Vertx vertx) {
    return Future.all(loops.stream().map(vertx::deployVerticle).toList());
  }

  /** Opens the listener on all loops; the result is the port they share. */
  Future<Integer> listen(Address address) {
    // Servers of several loops share a port that is left open only if they ask for the same -1.
    Address shared =
        loops.size() > 1 && address.port() == 0 ? new Address(address.host(), -1) : address;
    return Future.all(loops.stream().map(it -> it.listen(shared)).toList())
        .map(opened -> opened.<Integer>resultAt(0));
  }

  /**
   * Lets clients go, as {@link Front#retire} says, and then takes the listener down on all loops,
   * as {@link Front#stop} says.
   *
   * @param delay between the two
   */
  Future<?> drain(Vertx vertx, Duration delay) {
    loops.forEach(BalancerLoop::retire);
    Promise<Void> passed = Promise.promise();
    vertx.setTimer(Math.max(1, delay.toMillis()), timer -> passed.complete());
    return passed
        .future()
        .compose(closing -> Future.join(loops.stream().map(BalancerLoop::drain).toList()));
  }

  /** Does something to a target group on each loop. */
  void each(String group, Consumer<ProxyGroup> action) {
    for (BalancerLoop loop : loops) {
      loop.run(() -> Optional.ofNullable(loop.group(group)).ifPresent(action));
    }
  }

  /** What there is to see now, of all loops together. */
  Future<BalancerSnapshot> snapshot() {
    return ask(loop -> loop.front().snapshot()).map(BalancerSnapshot::sum);
  }

  /** The groups as they are now, with the response times since the last call. */
  Future<List<WindowReading>> readWindow() {
    return ask(loop -> loop.groups().values().stream().map(ProxyGroup::readWindow).toList())
        .map(WindowReading::sum);
  }

  /** The last choices of a group on each loop, at most {@code most} of each. */
  Future<List<List<Decision>>> decisions(String group, int most) {
    return ask(
        loop ->
            Optional.ofNullable(loop.group(group))
                .map(it -> it.router().decisions(most))
                .orElse(List.of()));
  }

  /** Requests on their way: for waiting until there are none, and for messages. */
  int requestsInFlight() {
    return loops.stream().mapToInt(loop -> loop.front().requestsInFlight()).sum();
  }

  private <T> Future<List<T>> ask(Function<BalancerLoop, T> question) {
    return Future.all(loops.stream().map(loop -> loop.ask(() -> question.apply(loop))).toList())
        .map(answers -> answers.<T>list());
  }
}
