package dev.leadline.balancer.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.leadline.balancer.RawClient;
import dev.leadline.balancer.RawTarget;
import dev.leadline.balancer.TestBalancer;
import io.vertx.core.transport.Transport;
import java.net.SocketTimeoutException;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client may take of the balancer's time and memory, and how long it may take. */
class ClientLimitsTest {

  private static final String TIMEOUTS = "timeouts: {clientHead: 200ms, clientBody: 200ms}\n";

  @Test
  void anUnfinishedHeadIs408InJson() throws Exception {
    try (TestBalancer balancer = TestBalancer.start(TIMEOUTS + TestBalancer.oneGroup())) {
      RawClient.Answer answer = balancer.send("GET / HTTP/1.1\r\nHost: a\r\n");
      assertEquals(408, answer.status());
      assertEquals(Optional.of("application/json"), answer.header("content-type"));
      assertEquals(
          "{\"status\":408,\"error\":\"Request Timeout\",\"code\":\"head_timeout\","
              + "\"reason\":\"the head of the request did not come in time\"}\n",
          answer.body());
    }
  }

  /** Requests that arrive together are answered in order, and none of them is lost. */
  @Test
  void pipelinedRequestsAreAnsweredOneByOne() throws Exception {
    try (RawTarget target = new RawTarget(RawTarget.ECHO);
        TestBalancer balancer = TestBalancer.before(target);
        RawClient client = balancer.client()) {
      StringBuilder requests = new StringBuilder();
      for (int i = 0; i < 2000; i++) {
        requests.append("GET /").append(i).append(" HTTP/1.1\r\nHost: a\r\n\r\n");
      }
      client.send(requests.toString());
      for (int i = 0; i < 2000; i++) {
        assertTrue(client.read().body().startsWith("GET /" + i + " HTTP/1.1\r\n"));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcde",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n"
      })
  void aClientThatEndsItsSideIsAnswered(String request) throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    try (RawTarget target = RawTarget.holding(goOn);
        TestBalancer balancer = TestBalancer.before(target);
        RawClient client = balancer.client()) {
      client.send(request).finish();
      target.nextHead();
      goOn.countDown();
      assertEquals("ok", client.read().body());
      assertTrue(client.isEnded());
    }
  }

  @Test
  void requestsBeforeTheEndOfAClientsSideAreAllAnswered() throws Exception {
    try (RawTarget target = new RawTarget(RawTarget.ECHO);
        TestBalancer balancer = TestBalancer.before(target);
        RawClient client = balancer.client()) {
      client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3 HT");
      client.finish();
      assertEquals(200, client.read().status());
      assertEquals(200, client.read().status());
      assertTrue(client.isEnded());
    }
  }

  /** Both arrive in one turn of the event loop, and the second request is not decoded yet. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
      })
  void theEndOfAClientsSideMayComeTogetherWithAnAnswer(String second) throws Exception {
    CountDownLatch answer = new CountDownLatch(1);
    CountDownLatch answered = new CountDownLatch(1);
    try (RawTarget target =
            new RawTarget(
                connection -> {
                  while (!connection.readHead().isEmpty()) {
                    await(answer);
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                    answered.countDown();
                  }
                });
        TestBalancer balancer = TestBalancer.start(TestBalancer.oneGroup(target), Transport.NIO);
        RawClient client = balancer.client()) {
      client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n" + second);
      target.nextHead();
      Runnable goOn = balancer.stopLoop();
      answer.countDown();
      answered.await();
      client.finish();
      goOn.run();
      assertEquals(200, client.read().status());
      assertEquals(200, client.read().status());
      assertTrue(client.isEnded());
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void ourOwnAnswerReachesAClientThatEndedItsSide() throws Exception {
    try (TestBalancer balancer = TestBalancer.before();
        RawClient client = balancer.client()) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n").finish();
      assertEquals(400, client.read().status());
      assertTrue(client.isEnded());
    }
  }

  /** Silence of the client is not the target's failure. */
  @Test
  void aBodyThatDoesNotComeIs408() throws Exception {
    CountDownLatch ended = new CountDownLatch(1);
    try (RawTarget target =
            new RawTarget(
                connection -> {
                  if (!connection.readHead().isEmpty()) {
                    connection.readToEnd();
                    ended.countDown();
                  }
                });
        TestBalancer balancer = TestBalancer.start(TIMEOUTS + TestBalancer.oneGroup(target))) {
      RawClient.Answer answer =
          balancer.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab");
      assertEquals(408, answer.status());
      assertTrue(ended.await(20, TimeUnit.SECONDS), "the target's connection is closed");
      assertEquals(1, balancer.target(0).getInteger("ignored"));
      assertEquals(0, balancer.target(0).getInteger("failed"));
    }
  }

  /** What the client does not read is not the target's failure. */
  @Test
  void aClientThatDoesNotReadItsAnswer() throws Exception {
    byte[] part = new byte[64 * 1024];
    CountDownLatch ended = new CountDownLatch(1);
    try (RawTarget target =
            new RawTarget(
                connection -> {
                  if (!connection.readHead().isEmpty()) {
                    try {
                      connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
                      while (true) {
                        connection.send(part);
                      }
                    } finally {
                      ended.countDown();
                    }
                  }
                });
        TestBalancer balancer =
            TestBalancer.start(
                "timeouts: {idle: 2s, response: 30s}\n" + TestBalancer.oneGroup(target));
        RawClient client = balancer.client()) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      assertTrue(ended.await(20, TimeUnit.SECONDS), "the target's connection is closed");
      assertEquals(
          1, balancer.metric("leadline_unserved_requests_total{reason=\"client_stalled\"}"));
      assertEquals(1, balancer.target(0).getInteger("ignored"));
      assertEquals(0, balancer.target(0).getInteger("failed"));
    }
  }

  /** Its connection is not read while its body has to wait, so that Netty does not see its end. */
  @ParameterizedTest
  @CsvSource({
    "io_uring, Content-Length: 1000000, reset",
    "io_uring, Transfer-Encoding: chunked, reset",
    "io_uring, Content-Length: 1000000, end",
    "epoll, Content-Length: 1000000, reset",
    "epoll, Content-Length: 1000000, end"
  })
  void aClientThatLeavesAStalledUploadIsNoticed(String transport, String header, String how)
      throws Exception {
    Transport driver = transport.equals("epoll") ? Transport.EPOLL : Transport.IO_URING;
    assumeTrue(driver != null && driver.available(), "this machine has no " + transport);
    CountDownLatch goOn = new CountDownLatch(1);
    try (RawTarget target = RawTarget.holding(goOn);
        TestBalancer balancer =
            TestBalancer.start(
                "connections: {perTarget: 1}\n" + TestBalancer.oneGroup(target), driver);
        RawClient first = balancer.client();
        RawClient second = balancer.client()) {
      first.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      target.nextHead();
      second.send("POST / HTTP/1.1\r\nHost: a\r\n" + header + "\r\n\r\n");
      for (int i = 0; i < 12; i++) {
        second.send("1000\r\n" + "x".repeat(4096) + "\r\n");
        assertEquals(2, balancer.target(0).getInteger("requestsInFlight"));
      }
      if (how.equals("reset")) {
        second.reset();
      } else {
        second.finish();
      }
      TestBalancer.eventually(
          "noticed", () -> balancer.target(0).getInteger("requestsInFlight") == 1);
      assertEquals(0, balancer.target(0).getInteger("failed"));
      goOn.countDown();
      assertEquals(200, first.read().status());
    }
  }

  /**
   * The kernel holds the rest of the body and the end: neither is read before the target takes it.
   */
  @ParameterizedTest
  @ValueSource(strings = {"io_uring", "epoll"})
  void aStalledUploadOfAClientThatEndsItsSideGoesOn(String transport) throws Exception {
    Transport driver = transport.equals("epoll") ? Transport.EPOLL : Transport.IO_URING;
    assumeTrue(driver != null && driver.available(), "this machine has no " + transport);
    int bodyBytes = 100_000;
    CountDownLatch goOn = new CountDownLatch(1);
    try (RawTarget target =
            new RawTarget(
                connection -> {
                  for (int body : new int[] {0, bodyBytes}) {
                    connection.readHead();
                    await(goOn);
                    int received = connection.read(body).length;
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n");
                    connection.send("%6d".formatted(received));
                  }
                });
        TestBalancer balancer =
            TestBalancer.start(
                "connections: {perTarget: 1}\n" + TestBalancer.oneGroup(target), driver);
        RawClient first = balancer.client();
        RawClient second = balancer.client()) {
      first.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      target.nextHead();
      second.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + bodyBytes + "\r\n\r\n");
      second.send("x".repeat(bodyBytes)).finish();
      TestBalancer.eventually(
          "both are there", () -> balancer.target(0).getInteger("requestsInFlight") == 2);
      second.timeout(600); // A look at connections that are not read comes in this time.
      assertFalse(second.isEnded());
      goOn.countDown();
      assertEquals("     0", first.read().body());
      second.timeout(10_000);
      assertEquals("100000", second.read().body());
    }
  }

  @Test
  void requestsAboveTheLimitAre503WithRetryAfter() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    try (RawTarget target = RawTarget.holding(goOn);
        TestBalancer balancer =
            TestBalancer.start("limits: {requests: 1}\n" + TestBalancer.oneGroup(target));
        RawClient client = balancer.client()) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      target.nextHead();
      RawClient.Answer refused = balancer.get("/");
      assertEquals(503, refused.status());
      assertEquals(Optional.of("1"), refused.header("retry-after"));
      goOn.countDown();
      assertEquals(200, client.read().status());
    }
  }

  @Test
  void connectionsAboveTheShareOfOneAddressAre503() throws Exception {
    try (RawTarget target = new RawTarget(RawTarget.ECHO);
        TestBalancer balancer =
            TestBalancer.start("limits: {connections: 4}\n" + TestBalancer.oneGroup(target));
        RawClient first = balancer.client();
        RawClient second = balancer.client();
        RawClient third = balancer.client()) {
      assertEquals(200, first.get("/").status());
      assertEquals(200, second.get("/").status());
      assertEquals(503, third.get("/").status());
      assertTrue(third.isEnded());
      second.reset();
      TestBalancer.eventually("there is room again", () -> balancer.get("/").status() == 200);
    }
  }

  @Test
  void connectionsAboveTheLimitWaitToBeAccepted() throws Exception {
    try (RawTarget target = new RawTarget(RawTarget.ECHO);
        TestBalancer balancer =
            TestBalancer.start(
                "limits: {connections: 2, clientShare: 1}\n" + TestBalancer.oneGroup(target));
        RawClient first = balancer.client();
        RawClient second = balancer.client()) {
      assertEquals(200, first.get("/").status());
      assertEquals(200, second.get("/").status());
      try (RawClient third = balancer.client()) {
        third.timeout(200);
        assertThrows(SocketTimeoutException.class, () -> third.get("/"));
        second.reset();
        third.timeout(5000);
        assertEquals(200, third.read().status());
      }
    }
  }
}
