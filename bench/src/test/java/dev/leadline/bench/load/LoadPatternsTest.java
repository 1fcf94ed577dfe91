package dev.leadline.bench.load;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.bench.lab.LabDescription.Balancer;
import dev.leadline.bench.plan.Arrivals;
import dev.leadline.bench.plan.Expectation;
import dev.leadline.bench.plan.Load;
import dev.leadline.bench.plan.Pattern;
import dev.leadline.bench.record.Audit;
import dev.leadline.bench.record.Sample;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpVersion;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The loads beside the burst, and how connections are used. */
@Timeout(60)
final class LoadPatternsTest {
  private static final HttpSpec GET = HttpSpec.get(Expectation.JSON);

  private static final HttpSpec HTTP2 =
      new HttpSpec("GET", List.of(), Buffer.buffer(), true, false, Expectation.JSON);

  private static Load rate(double perSecond, long millis, int connections, int loops) {
    return new Load(
        Pattern.RATE,
        0,
        connections,
        true,
        1,
        perSecond,
        perSecond,
        1,
        Arrivals.CONSTANT,
        millis,
        0,
        loops);
  }

  private static BurstGenerator.Result fire(Load load, HttpSpec http, Balancer balancer)
      throws InterruptedException {
    try (BurstGenerator generator = TestClient.of(spec(load, http))) {
      return generator.fire(TestServer.burst(), balancer);
    }
  }

  private static LoadSpec spec(Load load, HttpSpec http) {
    return new LoadSpec(load, http, Duration.ofSeconds(20), false, 1);
  }

  private static Map<String, Long> errors(BurstGenerator.Result result) {
    return result.samples().stream()
        .collect(groupingBy(sample -> String.valueOf(sample.error()), counting()));
  }

  /** Fails when a slow server holds requests back, or when loops repeat each other's. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aRateIsSentWhateverTheServerDoes(int loops) throws InterruptedException {
    try (TestServer server = TestServer.slow(400)) {
      BurstGenerator.Result result = fire(rate(200, 200, 1000, loops), GET, server.balancer());

      assertEquals(Map.of("null", 40L), errors(result));
      assertEquals(40, result.burst().maxAwaitingAnswer());
      for (int i = 0; i < 40; i++) {
        Sample sample = result.samples().get(i);
        assertEquals(i, sample.index());
        assertEquals(i * 5_000_000L, sample.intendedNanos());
        assertTrue(sample.startNanos() >= sample.intendedNanos(), sample.toString());
        assertTrue(sample.latencyNanos() >= 400_000_000, sample.toString());
      }
      Audit audit = result.burst().audit();
      assertNotNull(audit);
      assertTrue(audit.skewP99Nanos() <= audit.skewMaxNanos(), audit.toString());
      assertTrue(audit.openFiles() > 40 && audit.cpuShare() > 0, audit.toString());
    }
  }

  /** Fails when the wait for a connection is left out of the latency: 4 in turn, 100 ms each. */
  @Test
  void whatWaitsForAConnectionIsLate() throws InterruptedException {
    try (TestServer server = TestServer.slow(100)) {
      BurstGenerator.Result result = fire(rate(1000, 4, 1, 1), GET, server.balancer());

      assertEquals(Map.of("null", 4L), errors(result));
      assertEquals(1, result.burst().connections());
      assertTrue(result.samples().get(3).latencyNanos() >= 390_000_000, result.toString());
      assertTrue(result.samples().get(3).startNanos() < 100_000_000, result.toString());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void usersOfAClosedLoopWaitForTheirAnswersOnConnectionsTheyKeep(int loops)
      throws InterruptedException {
    Set<Integer> ports = ConcurrentHashMap.newKeySet();
    try (TestServer server =
        TestServer.http(
            request -> {
              ports.add(request.remoteAddress().port());
              request.response().end(TestServer.ANSWER);
            })) {
      Load load =
          new Load(Pattern.CLOSED, 200, 5, true, 1, 0, 0, 1, Arrivals.CONSTANT, 0, 0, loops);
      BurstGenerator.Result result = fire(load, GET, server.balancer());

      assertEquals(Map.of("null", 200L), errors(result));
      assertEquals(5, result.burst().maxInFlight());
      assertEquals(5, ports.size());
      assertEquals(5, result.burst().connections());
      result
          .samples()
          .forEach(s -> assertTrue(s.startNanos() - s.intendedNanos() < 50_000_000, s.toString()));
    }
  }

  @Test
  void aClosedLoopEndsAtItsTime() throws InterruptedException {
    try (TestServer server = TestServer.slow(20)) {
      Load load = new Load(Pattern.CLOSED, 0, 2, true, 1, 0, 0, 1, Arrivals.CONSTANT, 200, 0, 1);
      BurstGenerator.Result result = fire(load, GET, server.balancer());
      List<Sample> samples = result.samples();
      assertTrue(samples.size() >= 4 && samples.size() <= 22, "requests: " + samples.size());
      samples.forEach(s -> assertTrue(s.intendedNanos() < 200_000_000, s.toString()));
      assertFalse(result.numberReached());
    }
  }

  @Test
  void aClosedLoopThatMaySendNoMoreBeforeItsTimeSaysSo() throws InterruptedException {
    try (TestServer server = TestServer.answering()) {
      Load load =
          new Load(Pattern.CLOSED, 30, 2, true, 1, 0, 0, 1, Arrivals.CONSTANT, 60_000, 0, 2);
      assertTrue(fire(load, GET, server.balancer()).numberReached());
    }
  }

  /** A request that hangs and all after it are left out: fails where one of them is a sample. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aSoakThatIsInterruptedKeepsWhatHadEnded(int loops) throws InterruptedException {
    AtomicInteger asked = new AtomicInteger();
    Thread soaking = Thread.currentThread();
    Load load =
        new Load(
            Pattern.SOAK, 0, 100, true, 1, 500, 500, 1, Arrivals.CONSTANT, 50_000, 1_000, loops);
    try (TestServer server =
            TestServer.http(
                request -> {
                  int number = asked.incrementAndGet();
                  if (number <= 50) {
                    request.response().end(TestServer.ANSWER);
                  } else if (number == 60) {
                    soaking.interrupt();
                  }
                });
        BurstGenerator generator = TestClient.of(spec(load, GET))) {
      BurstGenerator.Result result = generator.fire(TestServer.burst(), server.balancer());

      assertTrue(Thread.interrupted(), "the caller must see the interruption");
      int kept = result.samples().size();
      assertTrue(kept > 30 && kept <= 50, "kept: " + kept);
      assertEquals(Map.of("null", (long) kept), errors(result));
      assertEquals(kept, result.burst().requests());
      assertEquals((kept - 1) * 2_000_000L, result.samples().get(kept - 1).intendedNanos());
    }
  }

  /** As a web server does after its limit of requests; fails when such a request is lost. */
  @Test
  void aRequestOnAConnectionThatWasJustClosedIsSentAgain() throws InterruptedException {
    try (TestServer server = TestServer.closingAfter(10)) {
      BurstGenerator.Result result = fire(Load.closed(100, 2), GET, server.balancer());

      assertEquals(Map.of("null", 100L), errors(result));
      Audit audit = result.burst().audit();
      assertNotNull(audit);
      assertTrue(audit.repeated() >= 8, audit.toString());
    }
  }

  /** What may act twice is not sent twice. */
  @Test
  void aPostIsNotSentAgain() throws InterruptedException {
    try (TestServer server = TestServer.closingAfter(10)) {
      HttpSpec post =
          new HttpSpec("POST", List.of(), Buffer.buffer("x"), false, false, Expectation.JSON);
      BurstGenerator.Result result = fire(Load.closed(22, 1), post, server.balancer());

      assertEquals(Map.of("null", 20L, "connection closed without an answer", 2L), errors(result));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aConnectionIsNotUsedAgainWhereServerOrUserDoNotWantIt(boolean byServer)
      throws InterruptedException {
    Set<Integer> ports = ConcurrentHashMap.newKeySet();
    try (TestServer server =
        TestServer.http(
            request -> {
              ports.add(request.remoteAddress().port());
              if (byServer) {
                request.response().putHeader("connection", "close");
              }
              request.response().end(TestServer.ANSWER);
            })) {
      Load load = new Load(Pattern.CLOSED, 30, 3, byServer, 1, 0, 0, 1, Arrivals.CONSTANT, 0, 0, 1);
      BurstGenerator.Result result = fire(load, GET, server.balancer());

      assertEquals(Map.of("null", 30L), errors(result));
      assertEquals(30, ports.size());
    }
  }

  @Test
  void http2SendsManyAtOnceOnOneConnection() throws InterruptedException {
    Set<HttpVersion> versions = ConcurrentHashMap.newKeySet();
    AtomicInteger open = new AtomicInteger();
    List<Integer> atOnce = Collections.synchronizedList(new ArrayList<>());
    try (TestServer server =
        TestServer.http(
            request -> {
              versions.add(request.version());
              atOnce.add(open.incrementAndGet());
              request.response().end(TestServer.ANSWER).onComplete(any -> open.decrementAndGet());
            })) {
      Load load = new Load(Pattern.CLOSED, 100, 1, true, 10, 0, 0, 1, Arrivals.CONSTANT, 0, 0, 1);
      BurstGenerator.Result result = fire(load, HTTP2, server.balancer());

      assertEquals(Map.of("null", 100L), errors(result));
      assertEquals(Set.of(HttpVersion.HTTP_2), versions);
      assertEquals(1, result.burst().connections());
      assertEquals(10, result.burst().maxInFlight());
    }
  }

  /** As localhost with ::1 first, where the server listens at 127.0.0.1 only. */
  @Test
  void everyAddressOfANameIsTried() throws InterruptedException, UnknownHostException {
    try (TestServer server = TestServer.answering()) {
      List<InetAddress> addresses =
          List.of(
              InetAddress.getByAddress(new byte[] {127, 0, 0, 2}),
              InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
      LoadSpec spec = new LoadSpec(Load.burst(20), GET, Duration.ofSeconds(20), false, 1);
      ClientLoop client = new ClientLoop(spec.timeout(), false);
      BurstGenerator.Result result =
          new Burst(
                  spec,
                  TestServer.burst(),
                  server.balancer(),
                  addresses,
                  List.of(client),
                  Clock.systemUTC())
              .run();
      client.close().await();

      assertEquals(Map.of("null", 20L), errors(result));
      assertEquals(List.of("127.0.0.1"), result.burst().addresses());
    }
  }

  @Test
  void anIpv6LiteralIsAUrlsHost() throws InterruptedException {
    Set<String> hosts = new HashSet<>();
    try (TestServer server =
        TestServer.httpAt(
            "::1",
            request -> {
              hosts.add(String.valueOf(request.getHeader("host")));
              request.response().end(TestServer.ANSWER);
            })) {
      URI url = URI.create("http://[::1]:" + server.url().getPort());
      BurstGenerator.Result result = fire(Load.burst(3), GET, new Balancer("b", "B", url, null));

      assertEquals(Map.of("null", 3L), errors(result));
      assertEquals(Set.of(url.getAuthority()), hosts);
    }
  }

  @Test
  void methodHeadersAndBodyAreSent() throws InterruptedException {
    Set<String> seen = ConcurrentHashMap.newKeySet();
    try (TestServer server =
        TestServer.http(
            request ->
                request
                    .body()
                    .onSuccess(
                        body -> {
                          seen.add(
                              "%s %s %s %s"
                                  .formatted(
                                      request.method(),
                                      request.uri(),
                                      request.headers().getAll("X-A"),
                                      body));
                          request.response().end(TestServer.ANSWER);
                        }))) {
      HttpSpec http =
          new HttpSpec(
              "PUT",
              List.of(Map.entry("X-A", "1"), Map.entry("X-A", "2")),
              Buffer.buffer("hello"),
              false,
              false,
              Expectation.STATUS);
      assertEquals(Map.of("null", 4L), errors(fire(Load.closed(4, 1), http, server.balancer())));
      assertEquals(Set.of("PUT /p [1, 2] hello"), seen);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "ANY,    500, null",
    "STATUS, 204, null",
    "STATUS, 301, status 301",
    "STATUS, 500, status 500",
    "JSON,   201, status 201",
    "JSON,   200, unexpected body",
  })
  void anAnswerIsASuccessAsExpected(Expectation expected, int status, String error)
      throws InterruptedException {
    try (TestServer server = TestServer.http(r -> r.response().setStatusCode(status).end())) {
      assertEquals(
          Map.of(error, 2L),
          errors(fire(Load.burst(2), HttpSpec.get(expected), server.balancer())));
    }
  }

  /** The server takes one request at a time, 5 ms each: 200 requests/s are its end. */
  @Test
  void aRampEndsBeyondTheKnee() throws InterruptedException {
    try (TestServer server = TestServer.oneAtATime(5)) {
      Load load =
          new Load(Pattern.RAMP, 0, 1000, true, 1, 50, 1050, 6, Arrivals.CONSTANT, 200, 0, 1);
      BurstGenerator.Result result = fire(load, GET, server.balancer());

      assertEquals(
          List.of(50.0, 250.0, 450.0),
          result.burst().steps().stream().map(s -> s.perSecond()).toList());
      assertEquals(10 + 50 + 90, result.samples().size());
    }
  }
}
