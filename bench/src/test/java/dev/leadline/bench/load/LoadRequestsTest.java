package dev.leadline.bench.load;

import static dev.leadline.bench.load.TestClient.errors;
import static dev.leadline.bench.load.TestClient.fire;
import static dev.leadline.bench.load.TestClient.spec;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.bench.lab.LabDescription.Balancer;
import dev.leadline.bench.plan.Arrivals;
import dev.leadline.bench.plan.Expectation;
import dev.leadline.bench.plan.Load;
import dev.leadline.bench.plan.Pattern;
import dev.leadline.bench.record.Audit;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpVersion;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How connections are used, what is sent on them, and which answers are a success. */
@Timeout(60)
final class LoadRequestsTest {
  private static final HttpSpec GET = HttpSpec.get(Expectation.JSON);

  private static final HttpSpec HTTP2 =
      new HttpSpec("GET", List.of(), Buffer.buffer(), true, false, Expectation.JSON);

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
    Set<HttpConnection> connections = ConcurrentHashMap.newKeySet();
    try (TestServer server =
        TestServer.http(
            request -> {
              connections.add(request.connection());
              if (byServer) {
                request.response().putHeader("connection", "close");
              }
              request.response().end(TestServer.ANSWER);
            })) {
      Load load = new Load(Pattern.CLOSED, 30, 3, byServer, 1, 0, 0, 1, Arrivals.CONSTANT, 0, 0, 1);
      BurstGenerator.Result result = fire(load, GET, server.balancer());

      assertEquals(Map.of("null", 30L), errors(result));
      assertEquals(30, connections.size());
    }
  }

  @Test
  void http2SendsManyAtOnceOnOneConnection() throws InterruptedException {
    Set<HttpVersion> versions = ConcurrentHashMap.newKeySet();
    try (TestServer server =
        TestServer.http(
            request -> {
              versions.add(request.version());
              request.response().end(TestServer.ANSWER);
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
  void everyAddressOfANameIsTried() throws InterruptedException, IOException {
    try (TestServer server = TestServer.answering();
        Socket holder = new Socket()) {
      List<InetAddress> addresses =
          List.of(
              InetAddress.getByAddress(new byte[] {127, 0, 0, 2}),
              InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
      // Nobody else may listen there meanwhile.
      holder.bind(new InetSocketAddress(addresses.get(0), server.url().getPort()));
      LoadSpec spec = spec(Load.burst(20), GET);
      ClientLoop client = new ClientLoop(spec.timeout(), false, System::nanoTime);
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
    Set<String> hosts = ConcurrentHashMap.newKeySet();
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
}
