package dev.leadline.balancer.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.balancer.RawClient;
import dev.leadline.balancer.RawTarget;
import dev.leadline.balancer.TestBalancer;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which requests are sent once more, and where to. */
class RetryTest {

  /** A target that closes a kept connection at the second request on it. */
  private static RawTarget closingAtTheSecond(AtomicInteger requests) throws java.io.IOException {
    return new RawTarget(
        connection -> {
          if (!connection.readHead().isEmpty()) {
            requests.incrementAndGet();
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
            if (!connection.readHead().isEmpty()) {
              requests.incrementAndGet();
            }
          }
        });
  }

  @Test
  void anIdempotentRequestIsSentAgainWhenAKeptConnectionWasStale() throws Exception {
    AtomicInteger requests = new AtomicInteger();
    try (RawTarget target = closingAtTheSecond(requests);
        TestBalancer balancer = TestBalancer.before(target);
        RawClient client = balancer.client()) {
      assertEquals(200, client.get("/1").status());
      assertEquals(200, client.get("/2").status());
      assertEquals(3, requests.get(), "the second one was tried twice");
      assertEquals(2, balancer.target(0).getInteger("succeeded"));
      assertEquals(0, balancer.target(0).getInteger("failed"));
      assertEquals(2, balancer.metric("leadline_requests_total{group=\"group\"}"));
    }
  }

  /** Doing it twice may be worse than not at all. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "POST / HTTP/1.1\r\nHost: a\r\n\r\n",
        "PATCH / HTTP/1.1\r\nHost: a\r\n\r\n",
        "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"
      })
  void anyOtherRequestIsNotSentAgain(String request) throws Exception {
    AtomicInteger requests = new AtomicInteger();
    try (RawTarget target = closingAtTheSecond(requests);
        TestBalancer balancer = TestBalancer.before(target);
        RawClient client = balancer.client()) {
      assertEquals(200, client.get("/1").status());
      RawClient.Answer answer = client.send(request).read();
      assertEquals("the target closed the connection", answer.reason());
      assertEquals(2, requests.get());
      assertEquals(1, balancer.target(0).getInteger("failed"));
      assertEquals(1, balancer.target(0).getInteger("succeeded"));
    }
  }

  /** Catches a retry without an end: a target that closes fresh connections too gets two tries. */
  @Test
  void aRequestIsSentAgainOnceOnly() throws Exception {
    AtomicInteger requests = new AtomicInteger();
    AtomicInteger connections = new AtomicInteger();
    try (RawTarget target =
            new RawTarget(
                connection -> {
                  if (!connection.readHead().isEmpty()) {
                    if (connections.getAndIncrement() == 0) {
                      connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                      connection.readHead();
                    }
                    requests.incrementAndGet();
                  }
                });
        TestBalancer balancer = TestBalancer.before(target);
        RawClient client = balancer.client()) {
      assertEquals(200, client.get("/1").status());
      assertEquals(502, client.get("/2").status());
      assertEquals(2, requests.get());
    }
  }

  /**
   * Where a target leaves its group and ends at once, what it had goes to the one that is left.
   *
   * <p>Catches a retry that counts candidates, and takes the only one for the target that failed.
   */
  @Test
  void whatATargetThatLeftHadGoesToTheOnlyOneLeft() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    RawTarget leaving = RawTarget.holding(never);
    try (RawTarget left = new RawTarget(RawTarget.ECHO);
        TestBalancer balancer = TestBalancer.before(leaving, left);
        RawClient client = balancer.client()) {
      client.send("GET /it HTTP/1.1\r\nHost: a\r\n\r\n");
      assertTrue(leaving.nextHead().startsWith("GET /it"));
      balancer.reload(yaml -> yaml.replaceFirst(" *- \\{id: t0,.*\n", ""));
      leaving.close();
      assertEquals(200, client.read().status());
    } finally {
      never.countDown();
      leaving.close();
    }
  }

  /**
   * A small answer is passed on when it is whole: until then another target can still give one.
   *
   * <p>Catches a 502 for an answer of which the client has seen nothing, what is left of that
   * answer in the next one, and the repetition of a request that may not be repeated.
   */
  @ParameterizedTest
  @CsvSource({
    "GET, 200",
    "POST, 502",
  })
  void aSmallAnswerThatBreaksOffIsReplaced(String method, int status) throws Exception {
    AtomicInteger requests = new AtomicInteger();
    RawTarget.Script firstBreaksOff =
        connection -> {
          while (!connection.readHead().isEmpty()) {
            if (requests.getAndIncrement() == 0) {
              connection.send("HTTP/1.1 201 Created\r\nBroken: 1\r\nContent-Length: 9\r\n\r\npart");
              return;
            }
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwhole");
          }
        };
    try (RawTarget one = new RawTarget(firstBreaksOff);
        RawTarget other = new RawTarget(firstBreaksOff);
        TestBalancer balancer = TestBalancer.before(one, other);
        RawClient client = balancer.client()) {
      RawClient.Answer answer = client.send(method + " / HTTP/1.1\r\nHost: a\r\n\r\n").read();
      assertEquals(status, answer.status());
      assertEquals(Optional.empty(), answer.header("broken"));
      assertTrue(answer.complete());
      assertEquals(status == 200 ? 2 : 1, requests.get());
      assertEquals(
          status == 200 ? "whole" : "the target broke off in the middle of its answer",
          status == 200 ? answer.body() : answer.reason());
      assertEquals(
          1, balancer.target(0).getInteger("failed") + balancer.target(1).getInteger("failed"));
    }
  }
}
