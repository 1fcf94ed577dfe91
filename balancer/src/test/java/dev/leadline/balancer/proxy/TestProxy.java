package dev.leadline.balancer.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.balancer.RawClient;
import dev.leadline.balancer.RawTarget;
import dev.leadline.balancer.config.BalancerConfig;
import dev.leadline.balancer.config.ConfigReader;
import dev.leadline.balancer.config.Limits;
import dev.leadline.balancer.connect.TargetClient;
import dev.leadline.balancer.observe.EndReason;
import dev.leadline.balancer.observe.LimitUse;
import dev.leadline.balancer.observe.RequestEnd;
import dev.leadline.balancer.observe.TargetAttempt;
import dev.leadline.routing.RoutingObserver;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A proxy on its own, whose ends of requests are collected. */
final class TestProxy implements AutoCloseable {
  private final Vertx vertx;
  private final Context context;
  private final Proxy proxy;
  private final int port;
  private final BlockingQueue<RequestEnd> ends;

  private TestProxy(
      Vertx vertx, Context context, Proxy proxy, int port, BlockingQueue<RequestEnd> ends) {
    this.vertx = vertx;
    this.context = context;
    this.proxy = proxy;
    this.port = port;
    this.ends = ends;
  }

  static TestProxy before(String protection, List<RawTarget> targets) throws Exception {
    return beforePorts(protection, targets.stream().map(RawTarget::port).toList());
  }

  /** One group of targets t0, t1, ... with these settings of the group. */
  static TestProxy beforePorts(String settings, List<Integer> ports) throws Exception {
    return beforePorts(settings, ports, limits -> limits);
  }

  /** No target, and so many bytes for heads that are not complete. */
  static TestProxy withHeadMemory(long bytes) throws Exception {
    return beforePorts(
        "",
        List.of(),
        limits ->
            new Limits(
                limits.headers(),
                bytes,
                limits.connections(),
                limits.requests(),
                limits.clientShare()));
  }

  private static TestProxy beforePorts(
      String settings, List<Integer> ports, UnaryOperator<Limits> change) throws Exception {
    StringBuilder targets = new StringBuilder();
    for (int i = 0; i < ports.size(); i++) {
      targets.append("{id: t%d, address: 127.0.0.1, port: %d}, ".formatted(i, ports.get(i)));
    }
    BalancerConfig config =
        ConfigReader.parse(
            "test.yaml",
            """
            listener: {host: 127.0.0.1, port: 0}
            timeouts: {idle: 6s}
            targetGroups:
              - name: group
                policy: least_outstanding_requests
                ejection: off
                healthCheck: {interval: 1m}
            %s    targets: [%s]
            rules:
              - {paths: [/, "/a*"], forward: group}
              - {name: closed, paths: [/fixed], fixedResponse: {status: 403, body: closed today}}
              - {paths: [/nothing], fixedResponse: {status: 204}}
              - {paths: ["/moved/*"], redirect: {status: 301, path: "/a/#{path}"}}
            """
                .formatted(settings.indent(4), targets));
    Vertx vertx = Vertx.vertx();
    BlockingQueue<RequestEnd> ends = new LinkedBlockingQueue<>();
    Proxy[] made = new Proxy[1];
    Context[] context = new Context[1];
    int port =
        await(
            Future.<Integer>future(
                opened ->
                    vertx.runOnContext(
                        now -> {
                          context[0] = vertx.getOrCreateContext();
                          made[0] = make(vertx, config, change.apply(config.limits()), ends);
                          made[0].listen(config.listener()).onComplete(opened);
                        })));
    return new TestProxy(vertx, context[0], made[0], port, ends);
  }

  private static Proxy make(
      Vertx vertx, BalancerConfig config, Limits limits, BlockingQueue<RequestEnd> ends) {
    LoopResources loop =
        new LoopResources(
            vertx,
            1,
            new TargetClient(vertx, config.timeouts().connect()),
            System::nanoTime,
            InstantSource.system(),
            new SplittableRandom(1),
            Optional.empty(),
            List.of(ends::add));
    Map<String, ProxyGroup> groups = new LinkedHashMap<>();
    config
        .targetGroups()
        .forEach(
            it ->
                groups.put(
                    it.name(),
                    new ProxyGroup(loop, it, config.connections(), null, RoutingObserver.NONE)));
    return new Proxy(loop, config.rules(), groups, config.timeouts(), limits, config.tls());
  }

  int port() {
    return port;
  }

  RawClient client() throws IOException {
    return new RawClient(port);
  }

  RequestEnd nextEnd() throws InterruptedException {
    RequestEnd end = ends.poll(20, TimeUnit.SECONDS);
    assertNotNull(end, "no request has ended");
    return end;
  }

  /**
   * Takes the next end, which has to be this one.
   *
   * @param attempts each as purpose, target and result
   */
  RequestEnd assertNextEnd(String attempts, int status, @Nullable EndReason reason)
      throws InterruptedException {
    RequestEnd end = nextEnd();
    assertEquals(reason, end.reason());
    assertEquals(status, end.status());
    assertEquals(
        attempts,
        end.attempts().stream()
            .map(it -> it.purpose() + " " + it.target().target().id() + " " + it.result())
            .collect(Collectors.joining(", ")));
    assertNotNull(end.client());
    assertEquals("127.0.0.1", end.client().hostAddress());
    assertTrue(Math.abs(end.epochMillis() - System.currentTimeMillis()) < 60_000);
    assertTrue(end.arrivedNanos() <= end.endNanos());
    TargetAttempt attempt = end.attempt();
    if (attempt == null) {
      return end;
    }
    assertTrue(end.arrivedNanos() <= attempt.chosenNanos(), "chosen after it arrived");
    if (attempt.result() == TargetAttempt.Result.ANSWERED) {
      assertTrue(attempt.chosenNanos() <= attempt.connectedNanos(), "connected after the choice");
      assertTrue(attempt.connectedNanos() <= attempt.firstByteNanos(), "answered after that");
      assertTrue(attempt.firstByteNanos() <= end.endNanos(), "ended after that");
    } else {
      assertEquals(RequestEnd.NEVER, attempt.firstByteNanos());
      assertEquals(0, attempt.status());
    }
    return end;
  }

  /** Whatever could still happen has happened when everything is closed. */
  void assertNoMoreEnds() throws Exception {
    await(stop(Duration.ZERO));
    await(vertx.close());
    assertEquals(List.of(), List.copyOf(ends));
  }

  /** What is used of the limits. */
  LimitUse limitUse() throws Exception {
    return await(
        Future.<LimitUse>future(
            use -> context.runOnContext(now -> use.complete(proxy.snapshot().limits()))));
  }

  int requestsInFlight() {
    return proxy.requestsInFlight();
  }

  Future<Void> stop(Duration limit) {
    return Future.future(
        stopped -> vertx.runOnContext(now -> proxy.stop(limit).onComplete(stopped)));
  }

  static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }
}
