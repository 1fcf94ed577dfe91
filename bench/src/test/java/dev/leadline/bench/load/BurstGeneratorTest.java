package dev.leadline.bench.load;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.bench.lab.LabDescription.Balancer;
import dev.leadline.bench.load.BurstGenerator.Routine;
import dev.leadline.bench.plan.Arrivals;
import dev.leadline.bench.plan.Expectation;
import dev.leadline.bench.plan.Load;
import dev.leadline.bench.plan.Pattern;
import dev.leadline.bench.record.Sample;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
final class BurstGeneratorTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  private static BurstGenerator.Result fire(TestServer server, int requests, Duration timeout)
      throws InterruptedException {
    return fire(server, requests, timeout, false);
  }

  private static BurstGenerator.Result fire(
      TestServer server, int requests, Duration timeout, boolean preConnect)
      throws InterruptedException {
    try (BurstGenerator generator = TestClient.ofBursts(requests, timeout, preConnect)) {
      return generator.fire(TestServer.burst(), server.balancer());
    }
  }

  private static Map<String, Long> errors(BurstGenerator.Result result) {
    return result.samples().stream()
        .collect(groupingBy(sample -> String.valueOf(sample.error()), counting()));
  }

  /**
   * The server answers nobody before all 1000 are there: a client with a smaller pool, or one that
   * waits for anything, gets no answer at all.
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aThousandAreInFlightAtOnce(boolean preConnect) throws InterruptedException {
    int requests = 1000;
    List<HttpServerRequest> held = new ArrayList<>();
    try (TestServer server =
        TestServer.http(
            request -> {
              held.add(request);
              if (held.size() == requests) {
                held.forEach(waiting -> waiting.response().end(TestServer.ANSWER));
              }
            })) {
      BurstGenerator.Result result = fire(server, requests, LONG, preConnect);

      assertEquals(Map.of("null", (long) requests), errors(result));
      assertEquals(requests, result.burst().maxInFlight());
      assertEquals(requests, result.burst().maxAwaitingAnswer());
      assertEquals(
          requests,
          held.stream().map(request -> request.remoteAddress().port()).distinct().count(),
          "connections");
    }
  }

  @Test
  void aBalancerIsAskedAtTheUrlOfThePath() throws InterruptedException {
    URI nobody = URI.create("http://127.0.0.1:1");
    try (TestServer server = TestServer.answering();
        BurstGenerator generator = TestClient.ofBursts(3, LONG, false)) {
      Map<String, URI> urls = Map.of("/p", server.balancer().url());
      Balancer balancer = new Balancer("b", "B", nobody, urls, null, null, null, null);

      assertEquals(Map.of("null", 3L), errors(generator.fire(TestServer.burst(), balancer)));
    }
  }

  /** Fails when the warm-up leaves something behind: the burst after it is whole. */
  @Test
  void theClientWarmsUpWithoutTheServer() throws InterruptedException {
    AtomicInteger asked = new AtomicInteger();
    try (TestServer server =
            TestServer.http(
                request -> {
                  asked.incrementAndGet();
                  request.response().end(TestServer.ANSWER);
                });
        BurstGenerator generator =
            new BurstGenerator(TestClient.bursts(20, LONG, false), Routine.MEASURING)) {
      generator.warmUp();
      assertEquals(0, asked.get());
      assertEquals(
          Map.of("null", 20L), errors(generator.fire(TestServer.burst(), server.balancer())));
    }
  }

  @Test
  void everyRequestIsASampleWithItsTimesInOrder() throws InterruptedException {
    try (TestServer server = TestServer.answering()) {
      List<Sample> samples = fire(server, 50, LONG).samples();

      assertEquals(50, samples.size());
      for (int index = 0; index < 50; index++) {
        Sample sample = samples.get(index);
        assertEquals(index, sample.index());
        assertEquals("i-1", sample.instanceId());
        assertEquals(200, sample.status());
        assertEquals(0, sample.intendedNanos());
        Long sent = sample.sentNanos();
        Long firstByte = sample.firstByteNanos();
        assertNotNull(sent);
        assertNotNull(firstByte);
        assertTrue(0 <= sample.startNanos() && sample.startNanos() < sent, sample.toString());
        assertTrue(sent < firstByte && firstByte <= sample.endNanos(), sample.toString());
      }
    }
  }

  /** Fails when latency counts from the connection or the write: the server is slow by 200 ms. */
  @Test
  void latencyCountsFromTheIntendedSend() throws InterruptedException {
    try (TestServer server = TestServer.slow(200)) {
      fire(server, 20, LONG)
          .samples()
          .forEach(
              sample -> {
                assertEquals(sample.endNanos(), sample.latencyNanos());
                assertTrue(sample.latencyNanos() >= 200_000_000, sample.toString());
              });
    }
  }

  @Test
  void aStatusOtherThan200IsAnErrorWithItsNumber() throws InterruptedException {
    AtomicInteger count = new AtomicInteger();
    try (TestServer server =
        TestServer.http(
            r ->
                r.response()
                    .setStatusCode(count.incrementAndGet() % 2 == 0 ? 503 : 200)
                    .end(TestServer.ANSWER))) {
      BurstGenerator.Result result = fire(server, 100, LONG);

      assertEquals(Map.of("null", 50L, "status 503", 50L), errors(result));
      result.samples().stream()
          .filter(Sample::failed)
          .forEach(sample -> assertEquals(503, sample.status()));
    }
  }

  private static BurstGenerator.Result fire(
      TestServer server, Load load, boolean http2, TestTime time) throws InterruptedException {
    HttpSpec http = new HttpSpec("GET", List.of(), Buffer.buffer(), http2, false, Expectation.JSON);
    try (BurstGenerator generator = TestClient.of(new LoadSpec(load, http, LONG, false, 0), time)) {
      return generator.fire(TestServer.burst(), server.balancer());
    }
  }

  /** One user asks six times, and gets every second answer. */
  @Test
  void aRequestWithoutAnAnswerEndsAtTheTimeout() throws InterruptedException {
    TestTime time = new TestTime();
    AtomicInteger count = new AtomicInteger();
    try (TestServer server =
        TestServer.http(
            r -> {
              if (count.incrementAndGet() % 2 == 0) {
                time.pass(LONG);
              } else {
                r.response().end(TestServer.ANSWER);
              }
            })) {
      BurstGenerator.Result result = fire(server, Load.closed(6, 1), false, time);

      assertEquals(Map.of("null", 3L, "timeout: no answer within 30 s", 3L), errors(result));
      result.samples().stream()
          .filter(Sample::failed)
          .forEach(s -> assertTrue(s.latencyNanos() >= LONG.toNanos(), s.toString()));
    }
  }

  /**
   * Half an answer and a whole one come one after the other on one connection. The client that
   * sends a third request has read both.
   */
  @Test
  void halfAnAnswerEndsAtTheTimeout() throws InterruptedException {
    TestTime time = new TestTime();
    AtomicInteger count = new AtomicInteger();
    List<HttpServerRequest> asked = new ArrayList<>();
    try (TestServer server =
        TestServer.http(
            r -> {
              switch (count.incrementAndGet()) {
                case 1 -> {}
                case 2 -> {
                  asked.get(0).response().putHeader("content-length", "100").write("{");
                  r.response().end(TestServer.ANSWER);
                }
                default -> time.pass(LONG);
              }
              asked.add(r);
            })) {
      Load load = new Load(Pattern.CLOSED, 3, 1, true, 2, 0, 0, 1, Arrivals.CONSTANT, 0, 0, 1);

      assertEquals(
          Map.of(
              "null", 1L,
              "timeout: half an answer within 30 s", 1L,
              "timeout: no answer within 30 s", 1L),
          errors(fire(server, load, true, time)));
    }
  }

  /** Fails when a short body passes for a whole one. */
  @Test
  void aTruncatedAnswerIsAnError() throws InterruptedException {
    try (TestServer server =
        TestServer.raw("HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n" + TestServer.ANSWER)) {
      assertEquals(
          Map.of("connection closed in the middle of the answer", 20L),
          errors(fire(server, 20, LONG)));
    }
  }

  @Test
  void aConnectionThatIsClosedWithoutAnAnswerIsAnError() throws InterruptedException {
    try (TestServer server = TestServer.raw("")) {
      assertEquals(
          Map.of("connection closed without an answer", 20L), errors(fire(server, 20, LONG)));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "hello",
        "{}",
        "{\"instance_id\": 7}",
        "{\"instance_id\": \"\"}",
        "[1",
        "null"
      })
  void anOkayWithAnotherBodyIsAnError(String body) throws InterruptedException {
    try (TestServer server = TestServer.http(r -> r.response().end(body))) {
      assertEquals(Map.of("unexpected body", 5L), errors(fire(server, 5, LONG)));
    }
  }

  @Test
  void anEndlessBodyIsCutOff() throws InterruptedException {
    try (TestServer server = TestServer.http(r -> r.response().end("x".repeat(1_000_000)))) {
      assertEquals(Map.of("unexpected body", 5L), errors(fire(server, 5, LONG)));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aPortNobodyListensOnIsAnErrorForEachRequest(boolean preConnect)
      throws IOException, InterruptedException {
    try (TestServer nobody = TestServer.nobody()) {
      BurstGenerator.Result result = fire(nobody, 20, LONG, preConnect);

      assertEquals(Map.of("connection refused", 20L), errors(result));
      result.samples().forEach(sample -> assertTrue(!sample.sent()));
    }
  }

  @Test
  void aHostThatDoesNotResolveIsAnErrorForEachRequest() throws InterruptedException {
    try (BurstGenerator generator = TestClient.ofBursts(3, LONG, false)) {
      BurstGenerator.Result result =
          generator.fire(
              TestServer.burst(),
              new Balancer("b", "B", URI.create("http://no-such-host.invalid:80"), null));

      assertEquals(Map.of("host name does not resolve", 3L), errors(result));
    }
  }
}
