package dev.leadline.balancer.tracing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.balancer.RawTarget;
import dev.leadline.balancer.TestBalancer;
import dev.leadline.balancer.config.ConfigException;
import dev.leadline.balancer.config.ConfigReader;
import dev.leadline.balancer.config.ReportMemory;
import dev.leadline.balancer.observe.TargetAttempt.Purpose;
import dev.leadline.balancer.observe.TargetAttempt.Result;
import dev.leadline.balancer.tracing.FakeCollector.Span;
import dev.leadline.balancer.tracing.OtlpExporter.Times;
import dev.leadline.routing.target.Target;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Spans of requests, as a collector gets them. */
class SpansTest {

  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final String CLIENT_SPAN = "00f067aa0ba902b7";

  private static String tracing(FakeCollector collector) {
    return "tracing: {otlp: '" + collector.endpoint() + "'}\n";
  }

  private static String get(String path, String flags) {
    return ("GET %s HTTP/1.1\r\nHost: shop.example:81\r\ntraceparent: 00-%s-%s-%s\r\n"
            + "tracestate: a=1\r\ntracestate: b=2\r\n\r\n")
        .formatted(path, TRACE, CLIENT_SPAN, flags);
  }

  private static String traceparent(String head) {
    return head.lines()
        .filter(it -> it.startsWith("traceparent: "))
        .map(it -> it.substring("traceparent: ".length()))
        .findFirst()
        .orElse("");
  }

  @Test
  void theTargetsTraceparentIsTheSpanOfTheAttempt() throws Exception {
    try (FakeCollector collector = new FakeCollector(200);
        RawTarget target = new RawTarget(RawTarget.ECHO);
        TestBalancer balancer =
            TestBalancer.start(tracing(collector) + TestBalancer.oneGroup(target))) {
      // One that is not sampled is passed on as it is, and not recorded.
      String unsampled = balancer.send(get("/", "00")).body();
      assertEquals("00-" + TRACE + "-" + CLIENT_SPAN + "-00", traceparent(unsampled));
      String head = balancer.send(get("/a?secret=1", "01")).body();
      Span server = collector.next();
      Span client = collector.next();
      assertEquals("00-" + TRACE + "-" + client.text("spanId") + "-01", traceparent(head));
      assertEquals(TRACE, client.text("traceId"));
      assertEquals(server.text("spanId"), client.text("parentSpanId"));
      assertEquals(TRACE, server.text("traceId"));
      assertEquals(CLIENT_SPAN, server.text("parentSpanId"));
      assertEquals("a=1,b=2", server.text("traceState"));
      assertEquals("a=1,b=2", client.text("traceState"));

      assertEquals(2, server.json().getInteger("kind"));
      assertEquals("GET 1", server.name());
      assertEquals("GET", server.attribute("http.request.method"));
      assertEquals("/a", server.attribute("url.path"));
      assertEquals("http", server.attribute("url.scheme"));
      assertEquals("200", server.attribute("http.response.status_code"));
      assertEquals("shop.example", server.attribute("server.address"));
      assertEquals("81", server.attribute("server.port"));
      assertEquals("127.0.0.1", server.attribute("client.address"));
      assertEquals("1.1", server.attribute("network.protocol.version"));
      assertEquals("group", server.attribute("leadline.target_group"));
      assertEquals("", server.attribute("error.type"));
      assertFalse(server.isError());

      assertEquals(3, client.json().getInteger("kind"));
      assertEquals("GET", client.name());
      assertEquals("127.0.0.1", client.attribute("server.address"));
      assertEquals(Integer.toString(target.port()), client.attribute("server.port"));
      assertEquals("200", client.attribute("http.response.status_code"));
      assertEquals("t0", client.attribute("leadline.target"));
      assertFalse(client.isError());

      long now = System.currentTimeMillis() * 1_000_000;
      assertTrue(Math.abs(now - server.nanos("startTimeUnixNano")) < 60_000_000_000L);
      assertTrue(server.nanos("startTimeUnixNano") <= client.nanos("startTimeUnixNano"));
      assertTrue(client.nanos("startTimeUnixNano") <= client.nanos("endTimeUnixNano"));
      assertTrue(client.nanos("endTimeUnixNano") <= server.nanos("endTimeUnixNano"));
      assertEquals(0, collector.unread());
    }
  }

  @Test
  void everyAttemptHasASpan() throws Exception {
    try (FakeCollector collector = new FakeCollector(200);
        RawTarget broken = new RawTarget(connection -> connection.readHead());
        RawTarget target = new RawTarget(RawTarget.ECHO);
        TestBalancer balancer =
            TestBalancer.start(tracing(collector) + TestBalancer.oneGroup(broken, target))) {
      String head = balancer.send(get("/", "01")).body();
      Span server = collector.next();
      Span first = collector.next();
      Span second = collector.next();
      assertEquals(server.text("spanId"), first.text("parentSpanId"));
      assertTrue(first.isError());
      assertEquals("failed", first.attribute("error.type"));
      assertEquals("", first.attribute("http.response.status_code"));
      assertEquals("t1", second.attribute("leadline.target"));
      assertEquals("1", second.attribute("http.request.resend_count"));
      assertEquals("00-" + TRACE + "-" + second.text("spanId") + "-01", traceparent(head));
      assertFalse(server.isError());
    }
  }

  @Test
  void errorsAreThoseOfTheBalancerAndOfTargets() throws Exception {
    String yaml =
        """
        targetGroups:
          - name: group
            healthCheck: {interval: 1m}
            targets: [{id: t0, address: 127.0.0.1, port: %d}]
          - {name: empty, targets: []}
        rules:
          - {name: all, paths: ["/all*"], forward: group}
          - {paths: [/empty], forward: empty}
          - {name: closed, paths: [/closed], fixedResponse: {status: 403}}
        """;
    try (FakeCollector collector = new FakeCollector(200);
        RawTarget target = RawTarget.answering("HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n");
        TestBalancer balancer =
            TestBalancer.start(tracing(collector) + yaml.formatted(target.port()))) {
      assertEquals(500, balancer.send(get("/all", "01")).status());
      Span server = collector.next();
      assertEquals("GET all", server.name());
      assertTrue(server.isError());
      assertEquals("500", server.attribute("error.type"));
      assertTrue(collector.next().isError());

      assertEquals(503, balancer.send(get("/empty", "01")).status());
      server = collector.next();
      assertTrue(server.isError());
      assertEquals("no_target", server.attribute("error.type"));
      assertEquals("503", server.attribute("http.response.status_code"));
      assertEquals(CLIENT_SPAN, server.text("parentSpanId"));

      assertEquals(404, balancer.send(get("/none", "01").replace("GET", "WHATEVER")).status());
      server = collector.next();
      assertEquals("HTTP", server.name());
      assertEquals("WHATEVER", server.attribute("http.request.method_original"));
      assertFalse(server.isError());
      assertEquals("no_rule", server.attribute("leadline.reason"));

      assertEquals(403, balancer.get("/closed").status());
      server = collector.next();
      assertEquals("GET closed", server.name());
      assertEquals("", server.text("parentSpanId"));
      assertFalse(server.isError());
      assertEquals(0, collector.unread());
    }
  }

  @Test
  void aReloadBeginsAndEndsIt() throws Exception {
    try (FakeCollector collector = new FakeCollector(200);
        RawTarget target = new RawTarget(RawTarget.ECHO);
        TestBalancer balancer = TestBalancer.start(TestBalancer.oneGroup(target))) {
      assertEquals("", traceparent(balancer.get("/").body()));
      String answer = balancer.reload(yaml -> yaml + tracing(collector));
      assertTrue(answer.endsWith("changed: tracing\n"), answer);
      String head = balancer.get("/").body();
      String trace = collector.next().text("traceId");
      assertEquals(
          "00-" + trace + "-" + collector.next().text("spanId") + "-01", traceparent(head));
      balancer.reload(yaml -> yaml.replace(tracing(collector), ""));
      assertEquals("", traceparent(balancer.get("/").body()));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {503, 307})
  void whatACollectorDoesNotTakeIsCounted(int status) throws Exception {
    try (FakeCollector collector = new FakeCollector(status);
        RawTarget target = new RawTarget(RawTarget.ECHO);
        TestBalancer balancer =
            TestBalancer.start(tracing(collector) + TestBalancer.oneGroup(target))) {
      assertEquals(200, balancer.get("/").status());
      TestBalancer.eventually(
          "dropped", () -> balancer.metric("leadline_dropped_spans_total") == 2);
      assertEquals(1, collector.requests());
    }
  }

  /** It is connected to and gets its request, and never answers. */
  @Test
  void aCollectorThatHangsDelaysNothingAndGrowsNothing() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      LongAdder dropped = new LongAdder();
      OtlpExporter exporter =
          exporter(
              silent.getLocalPort(),
              dropped,
              new ReportMemory(0, 10, 10),
              new Times(Duration.ofMillis(1), LIMIT, LIMIT));
      exporter.offer(request());
      silent.accept(); // From now on its thread waits for the answer.
      long start = System.nanoTime();
      for (int i = 0; i < 1000; i++) {
        exporter.offer(request());
      }
      exporter.close();
      exporter.awaitEnd(Duration.ofMillis(100));
      assertTrue(System.nanoTime() - start < 2_000_000_000L);
      assertEquals(2 * 990, dropped.sum());
    }
  }

  /** The answer's body comes for ever, byte after byte: each read of it ends soon. */
  private static void drip(RawTarget.Connection connection) throws IOException {
    connection.readHead();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    for (int i = 0; i < 1000; i++) {
      connection.send("x");
      LockSupport.parkNanos(10_000_000);
    }
  }

  @Test
  void aRequestHasOneDeadline() throws Exception {
    try (RawTarget collector = new RawTarget(SpansTest::drip)) {
      LongAdder dropped = new LongAdder();
      OtlpExporter exporter =
          exporter(
              collector.port(),
              dropped,
              new ReportMemory(0, 10, 10),
              new Times(Duration.ofMillis(1), Duration.ofMillis(300), LIMIT));
      exporter.offer(request());
      TestBalancer.eventually("dropped", () -> dropped.sum() == 2);
      exporter.close();
    }
  }

  /** A reload to another collector leaves nothing of the former one. */
  @Test
  void aClosedExporterEndsThoughItsCollectorDoesNotRead() throws Exception {
    try (ServerSocket stopped = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      stopped.setReceiveBufferSize(4096);
      LongAdder dropped = new LongAdder();
      OtlpExporter exporter =
          exporter(
              stopped.getLocalPort(),
              dropped,
              new ReportMemory(0, 10_000, 500),
              new Times(Duration.ofMinutes(1), LIMIT, Duration.ofMillis(200)));
      for (int i = 0; i < 10_000; i++) {
        exporter.offer(request());
      }
      exporter.close();
      TestBalancer.eventually("all are dropped", () -> dropped.sum() == 20_000);
    }
  }

  @Test
  void whatWaitsIsSentAtTheEnd() throws Exception {
    try (FakeCollector collector = new FakeCollector(200)) {
      LongAdder dropped = new LongAdder();
      OtlpExporter exporter =
          OtlpExporter.start(
              collector.endpoint(),
              new OtlpJson("test"),
              dropped,
              new ReportMemory(0, 2000, 500),
              new Times(Duration.ofMinutes(1), LIMIT, LIMIT));
      for (int i = 0; i < 1100; i++) {
        exporter.offer(request());
      }
      exporter.close();
      exporter.awaitEnd(Duration.ofSeconds(5));
      assertEquals(2 * 1100, collector.unread());
      assertEquals(0, dropped.sum());
      exporter.offer(request());
      assertEquals(2, dropped.sum());
    }
  }

  private static OtlpExporter exporter(
      int port, LongAdder dropped, ReportMemory memory, Times times) {
    URI endpoint = URI.create("http://127.0.0.1:" + port + "/v1/traces");
    return OtlpExporter.start(endpoint, new OtlpJson("test"), dropped, memory, times);
  }

  private static RequestSpans request() {
    RequestSpans.Attempt attempt =
        new RequestSpans.Attempt(
            2, new Target("t", "127.0.0.1", 1, 1), Purpose.FIRST, Result.ANSWERED, 200, null, 1, 2);
    return new RequestSpans(
        TRACE,
        1,
        null,
        null,
        "GET",
        "1",
        "group",
        "/",
        false,
        null,
        0,
        null,
        null,
        200,
        null,
        false,
        0,
        3,
        List.of(attempt));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1:4318",
        "grpc://127.0.0.1:4317",
        "http://",
        "http:///v1/traces",
        "http://user:secret@127.0.0.1/",
        "http://127.0.0.1:99999999999/",
        "http://127.0.0.1/a b"
      })
  void anEndpointThatIsNoneIsRefused(String endpoint) throws IOException {
    String yaml =
        "listener: {port: 0}\ntargetGroups: []\nrules: []\ntracing: {otlp: '" + endpoint + "'}\n";
    ConfigException refusal =
        assertThrows(ConfigException.class, () -> ConfigReader.parse("test.yaml", yaml));
    String message = String.valueOf(refusal.getMessage());
    assertTrue(message.startsWith("test.yaml, line 4: tracing.otlp is '" + endpoint), message);
  }
}
