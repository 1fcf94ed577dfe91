package dev.leadline.balancer.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.balancer.RawClient;
import dev.leadline.balancer.RawTarget;
import dev.leadline.balancer.RawTarget.Script;
import dev.leadline.balancer.TestBalancer;
import dev.leadline.balancer.config.BalancerConfig;
import dev.leadline.balancer.config.ConfigReader;
import dev.leadline.balancer.observe.EndReason;
import dev.leadline.balancer.observe.RequestEnd;
import dev.leadline.balancer.observe.TargetAttempt;
import dev.leadline.routing.RoutingObserver;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every way in which a request can end: it has exactly one end, and that says what happened. */
class RequestEndTest {

  private static final String GET = "GET /a?b=1 HTTP/1.1\r\nHost: h\r\n\r\n";
  private static final String CHUNK =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n";

  /** What a client does after it has connected. */
  private interface Client {
    void run(RawClient client) throws Exception;
  }

  /**
   * A way to end.
   *
   * @param targets what each target does with a connection; none: nobody listens there
   * @param attempts each as purpose, target and result
   */
  private record Way(
      String name,
      List<Script> targets,
      Client client,
      int status,
      @Nullable EndReason reason,
      String attempts,
      long bytesIn,
      long bytesOut) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Script answering(String answer) {
    return connection -> {
      while (!connection.readHead().isEmpty()) {
        connection.send(answer);
      }
    };
  }

  /** Sends this to each request and ends the connection. */
  private static Script hangingUp(String answer) {
    return connection -> {
      if (!connection.readHead().isEmpty()) {
        connection.send(answer);
      }
    };
  }

  private static final Script SILENT =
      connection -> {
        if (!connection.readHead().isEmpty()) {
          connection.readToEnd();
        }
      };
  private static final Script GOOD = answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");

  private static Way way(
      String name,
      List<Script> targets,
      String request,
      int status,
      @Nullable EndReason reason,
      String attempts,
      long bytesOut) {
    return new Way(
        name, targets, it -> it.send(request).read(), status, reason, attempts, 0, bytesOut);
  }

  private static Way refused(String name, String request, EndReason reason) {
    return way(name, List.of(GOOD), request, reason.status(), reason, "", text(reason).length());
  }

  private static String text(EndReason reason) {
    String phrase =
        Map.of(
                400, "Bad Request",
                404, "Not Found",
                405, "Method Not Allowed",
                414, "Request-URI Too Long",
                417, "Expectation Failed",
                431, "Request Header Fields Too Large",
                502, "Bad Gateway",
                503, "Service Unavailable",
                504, "Gateway Timeout")
            .get(reason.status());
    return reason.status() + " " + phrase + ": " + reason.text() + "\n";
  }

  private static Way failed(String name, List<Script> targets, EndReason reason, String attempts) {
    return way(name, targets, GET, reason.status(), reason, attempts, text(reason).length());
  }

  static Stream<Way> ways() {
    return Stream.of(
        way("complete", List.of(GOOD), GET, 200, null, "FIRST t0 ANSWERED", 2),
        way(
            "complete, an error of the target",
            List.of(answering("HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\nno")),
            GET,
            500,
            null,
            "FIRST t0 ANSWERED",
            2),
        way(
            "complete, in parts",
            List.of(answering(CHUNK + "0\r\n\r\n")),
            GET,
            200,
            null,
            "FIRST t0 ANSWERED",
            3),
        new Way(
            "complete, with a body",
            List.of(
                connection -> {
                  connection.readHead();
                  connection.read(5);
                  connection.send("HTTP/1.1 204 No Content\r\n\r\n");
                  connection.readToEnd();
                }),
            it -> it.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello").read(),
            204,
            null,
            "FIRST t0 ANSWERED",
            5,
            0),
        refused("no HTTP", "GET / HTTP/1.1\r\nHost: h\r\nabc\r\n\r\n", EndReason.MALFORMED),
        refused(
            "line too long",
            "GET /" + "a".repeat(20_000) + " HTTP/1.1\r\n\r\n",
            EndReason.LINE_TOO_LONG),
        refused(
            "headers too long",
            "GET / HTTP/1.1\r\nX: " + "a".repeat(70_000) + "\r\n\r\n",
            EndReason.HEADERS_TOO_LONG),
        refused("bad request", "GET /a HTTP/1.1\r\n\r\n", EndReason.HOST_MISSING),
        refused("bad method", "TRACE / HTTP/1.1\r\nHost: h\r\n\r\n", EndReason.TRACE),
        refused(
            "bad expectation",
            "GET / HTTP/1.1\r\nHost: h\r\nExpect: x\r\n\r\n",
            EndReason.EXPECTATION),
        refused("no rule", "GET /elsewhere HTTP/1.1\r\nHost: h\r\n\r\n", EndReason.NO_RULE),
        way(
            "a header that cannot be passed on",
            List.of(GOOD),
            "GET / HTTP/1.1\r\nHost: h\r\n: x\r\n\r\n",
            400,
            EndReason.HEADER_FORM,
            "FIRST t0 ABANDONED",
            text(EndReason.HEADER_FORM).length()),
        failed("no target", List.of(), EndReason.NO_TARGET, ""),
        failed(
            "target hangs up",
            List.of(hangingUp("")),
            EndReason.CONNECTION_CLOSED,
            "FIRST t0 FAILED"),
        failed(
            "answer makes no sense",
            List.of(answering("HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n")),
            EndReason.ANSWER_STATUS,
            "FIRST t0 FAILED"),
        failed(
            "target breaks off before the client has the head",
            List.of(hangingUp("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")),
            EndReason.ANSWER_BROKE_OFF,
            "FIRST t0 ANSWERED"),
        way(
            "target breaks off after the client has the head",
            List.of(hangingUp(CHUNK)),
            GET,
            200,
            EndReason.ANSWER_BROKE_OFF,
            "FIRST t0 ANSWERED",
            3),
        failed("idle timeout", List.of(SILENT), EndReason.ANSWER_TIMEOUT, "FIRST t0 FAILED"),
        new Way(
            "client leaves before the head",
            List.of(SILENT),
            it -> {
              it.send(GET).timeout(200);
              it.isEnded();
              it.reset();
            },
            0,
            EndReason.CLIENT_LEFT,
            "FIRST t0 ABANDONED",
            0,
            0),
        new Way(
            "client leaves after the head",
            List.of(
                connection -> {
                  connection.readHead();
                  connection.send(CHUNK);
                  connection.readToEnd();
                }),
            it -> {
              it.send(GET).readUntil("abc");
              it.reset();
            },
            200,
            EndReason.CLIENT_LEFT,
            "FIRST t0 ANSWERED",
            0,
            3),
        new Way(
            "client breaks off its body",
            List.of(SILENT),
            it -> {
              it.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc").timeout(200);
              it.isEnded();
              it.close();
            },
            0,
            EndReason.CLIENT_LEFT,
            "FIRST t0 ABANDONED",
            3,
            0),
        way(
            "retry succeeds",
            List.of(hangingUp(""), GOOD),
            GET,
            200,
            null,
            "FIRST t0 FAILED, RETRY t1 ANSWERED",
            2),
        failed(
            "retry fails",
            List.of(hangingUp(""), hangingUp("nonsense\r\n\r\n")),
            EndReason.CONNECTION_CLOSED,
            "FIRST t0 FAILED, RETRY t1 FAILED"));
  }

  @ParameterizedTest
  @MethodSource("ways")
  void aRequestHasOneEnd(Way way) throws Exception {
    List<RawTarget> targets = new ArrayList<>();
    for (Script script : way.targets) {
      targets.add(new RawTarget(script));
    }
    try (TestProxy proxy = TestProxy.before("", targets)) {
      try (RawClient client = proxy.client()) {
        way.client.run(client);
        RequestEnd end = proxy.nextEnd();
        check(way.attempts, way.status, way.reason, end);
        assertEquals(way.bytesIn, end.bytesIn(), "bytes in");
        assertEquals(way.bytesOut, end.bytesOut(), "bytes out");
        boolean grouped =
            way.reason == null
                || way.reason.kind() != EndReason.Kind.REFUSED
                || !way.attempts.isEmpty();
        assertEquals(grouped ? "group" : null, end.group());
      }
      proxy.assertNoMoreEnds();
    } finally {
      for (RawTarget target : targets) {
        target.close();
      }
    }
  }

  private static void check(
      String attempts, int status, @Nullable EndReason reason, RequestEnd end) {
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
      return;
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
  }

  @Test
  void itSaysWhatWasAskedFor() throws Exception {
    try (RawTarget target = new RawTarget(GOOD);
        TestProxy proxy = TestProxy.before("", List.of(target));
        RawClient client = proxy.client()) {
      client.send("DELETE /a%20b?c=d HTTP/1.1\r\nHost: h\r\n\r\n").read();
      RequestEnd end = proxy.nextEnd();
      assertEquals("DELETE", end.method().name());
      assertEquals("/a%20b?c=d", end.uri());
      assertEquals("/a%20b", end.path());
      assertEquals("group", end.group());
    }
  }

  @Test
  void aTargetThatRefusesTheConnection() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    try (TestProxy proxy = TestProxy.beforePorts("", List.of(port));
        RawClient client = proxy.client()) {
      client.send(GET).read();
      RequestEnd end = proxy.nextEnd();
      check("FIRST t0 NOT_CONNECTED", 502, EndReason.CONNECT_REFUSED, end);
      assertEquals(RequestEnd.NEVER, end.attempts().get(0).connectedNanos());
    }
  }

  /** One request has the only place at the target; the second waits, and the third may not. */
  @Test
  void requestsThatNoTargetHasRoomFor() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    try (RawTarget target = RawTarget.holding(goOn);
        TestProxy proxy =
            TestProxy.before(
                "concurrencyLimit: {first: 1, most: 1}\nhold: {most: 1, longest: 300ms}",
                List.of(target));
        RawClient first = proxy.client();
        RawClient held = proxy.client();
        RawClient third = proxy.client()) {
      first.send(GET);
      target.nextHead();
      held.send(GET);
      TestBalancer.eventually("one waits", () -> proxy.requestsInFlight() == 2);
      assertEquals(503, third.send(GET).read().status());
      check("", 503, EndReason.TOO_MANY_HELD, proxy.nextEnd());
      assertEquals(503, held.read().status());
      check("", 503, EndReason.HELD_TOO_LONG, proxy.nextEnd());
      goOn.countDown();
      first.read();
      check("FIRST t0 ANSWERED", 200, null, proxy.nextEnd());
      proxy.assertNoMoreEnds();
    }
  }

  @Test
  void aClientThatLeavesWhileItWaitsForRoom() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    try (RawTarget target = RawTarget.holding(goOn);
        TestProxy proxy =
            TestProxy.before("concurrencyLimit: {first: 1, most: 1}", List.of(target));
        RawClient first = proxy.client();
        RawClient held = proxy.client()) {
      first.send(GET);
      target.nextHead();
      held.send(GET);
      TestBalancer.eventually("one waits", () -> proxy.requestsInFlight() == 2);
      held.reset();
      check("", 0, EndReason.CLIENT_LEFT, proxy.nextEnd());
      goOn.countDown();
      first.read();
      check("FIRST t0 ANSWERED", 200, null, proxy.nextEnd());
      proxy.assertNoMoreEnds();
    }
  }

  /** The slow target gets stuck once enough answers were timed to say what slow is. */
  @Test
  void aHedgeThatIsFaster() throws Exception {
    CountDownLatch stuck = new CountDownLatch(1);
    try (RawTarget slow =
            new RawTarget(
                connection -> {
                  while (!connection.readHead().isEmpty()) {
                    if (stuck.getCount() == 0) {
                      connection.readToEnd();
                      return;
                    }
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                  }
                });
        RawTarget good = new RawTarget(GOOD);
        TestProxy proxy =
            TestProxy.before("hedging: {quantile: 0.9, leastDelay: 50ms}", List.of(slow, good));
        RawClient client = proxy.client()) {
      for (int i = 0; i < 100; i++) {
        client.send(GET).read();
        assertNull(proxy.nextEnd().reason());
      }
      stuck.countDown();
      client.send(GET).read();
      check("FIRST t0 ABANDONED, HEDGE t1 ANSWERED", 200, null, proxy.nextEnd());
      proxy.assertNoMoreEnds();
    }
  }

  @Test
  void requestsThatEndWhileTheListenerStops() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    try (RawTarget target = RawTarget.holding(goOn);
        TestProxy proxy = TestProxy.before("", List.of(target));
        RawClient client = proxy.client()) {
      client.send(GET);
      target.nextHead();
      Future<Void> stopped = proxy.stop(Duration.ofSeconds(20));
      goOn.countDown();
      assertEquals(200, client.read().status());
      check("FIRST t0 ANSWERED", 200, null, proxy.nextEnd());
      TestProxy.await(stopped);
      proxy.assertNoMoreEnds();
    }
  }

  @Test
  void requestsThatDoNotEndInTimeWhenTheListenerStops() throws Exception {
    try (RawTarget target = new RawTarget(SILENT);
        TestProxy proxy = TestProxy.before("", List.of(target));
        RawClient client = proxy.client()) {
      client.send(GET);
      target.nextHead();
      TestProxy.await(proxy.stop(Duration.ofMillis(100)));
      check("FIRST t0 ABANDONED", 0, EndReason.SHUTDOWN, proxy.nextEnd());
      proxy.assertNoMoreEnds();
    }
  }

  /** A proxy on its own, whose ends of requests are collected. */
  private static final class TestProxy implements AutoCloseable {
    private final Vertx vertx;
    private final Proxy proxy;
    private final int port;
    private final BlockingQueue<RequestEnd> ends;

    private TestProxy(Vertx vertx, Proxy proxy, int port, BlockingQueue<RequestEnd> ends) {
      this.vertx = vertx;
      this.proxy = proxy;
      this.port = port;
      this.ends = ends;
    }

    static TestProxy before(String protection, List<RawTarget> targets) throws Exception {
      return beforePorts(protection, targets.stream().map(RawTarget::port).toList());
    }

    /** One group of targets t0, t1, ... with these settings of the group. */
    static TestProxy beforePorts(String settings, List<Integer> ports) throws Exception {
      StringBuilder targets = new StringBuilder();
      for (int i = 0; i < ports.size(); i++) {
        targets.append("{id: t%d, address: 127.0.0.1, port: %d}, ".formatted(i, ports.get(i)));
      }
      BalancerConfig config =
          ConfigReader.parse(
              "test.yaml",
              """
              listener: {host: 127.0.0.1, port: 0}
              timeouts: {idle: 1500ms}
              targetGroups:
                - name: group
                  policy: least_outstanding_requests
                  ejection: off
                  healthCheck: {interval: 1m}
              %s    targets: [%s]
              rules: [{paths: [/, "/a*"], forward: group}]
              """
                  .formatted(settings.indent(4), targets));
      Vertx vertx = Vertx.vertx();
      BlockingQueue<RequestEnd> ends = new LinkedBlockingQueue<>();
      Proxy[] made = new Proxy[1];
      int port =
          await(
              Future.<Integer>future(
                  opened ->
                      vertx.runOnContext(
                          now -> {
                            made[0] = make(vertx, config, ends);
                            made[0].listen(config.listener()).onComplete(opened);
                          })));
      return new TestProxy(vertx, made[0], port, ends);
    }

    private static Proxy make(Vertx vertx, BalancerConfig config, BlockingQueue<RequestEnd> ends) {
      LoopResources loop =
          new LoopResources(
              vertx,
              1,
              TargetClient.create(vertx, config.timeouts()),
              System::nanoTime,
              InstantSource.system(),
              new SplittableRandom(1),
              List.of(ends::add));
      Map<String, ProxyGroup> groups = new LinkedHashMap<>();
      config
          .targetGroups()
          .forEach(
              it ->
                  groups.put(
                      it.name(),
                      new ProxyGroup(loop, it, config.connections(), null, RoutingObserver.NONE)));
      return new Proxy(loop, config.rules(), groups, config.timeouts(), config.tls());
    }

    RawClient client() throws IOException {
      return new RawClient(port);
    }

    RequestEnd nextEnd() throws InterruptedException {
      RequestEnd end = ends.poll(10, TimeUnit.SECONDS);
      assertNotNull(end, "no request has ended");
      return end;
    }

    /** Whatever could still happen has happened when everything is closed. */
    void assertNoMoreEnds() throws Exception {
      await(stop(Duration.ZERO));
      await(vertx.close());
      assertEquals(List.of(), List.copyOf(ends));
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
}
