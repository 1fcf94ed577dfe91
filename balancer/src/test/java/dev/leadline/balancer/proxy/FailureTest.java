package dev.leadline.balancer.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.balancer.RawClient;
import dev.leadline.balancer.RawTarget;
import dev.leadline.balancer.TestBalancer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which answer a client gets when there is no good one, and what is counted. */
class FailureTest {

  private static final String ONE_TARGET =
      """
      timeouts: {connect: 300ms, idle: 2s}
      targetGroups:
        - name: group
          healthCheck: {interval: 1m}
          targets:
            - {id: t0, address: 127.0.0.1, port: PORT}
      rules:
        - {paths: ["/*"], forward: group}
      """;

  private static TestBalancer before(int port) throws Exception {
    return TestBalancer.start(ONE_TARGET.replace("PORT", Integer.toString(port)));
  }

  @Test
  void noRuleIs404() throws Exception {
    try (TestBalancer balancer = TestBalancer.start("targetGroups: []\nrules: []\n");
        RawClient client = balancer.client()) {
      RawClient.Answer answer = client.get("/nothing");
      assertEquals(404, answer.status());
      assertEquals("no rule matches this request", answer.reason());
      assertEquals(404, client.get("/again").status(), "the connection is kept");
    }
  }

  @Test
  void noTargetIs503() throws Exception {
    try (TestBalancer balancer = TestBalancer.before()) {
      RawClient.Answer answer = balancer.get("/");
      assertEquals(503, answer.status());
      assertEquals("no target is registered for this path", answer.reason());
      assertEquals(1, balancer.metric("leadline_balancer_errors_total{group=\"group\"}"));
    }
  }

  @Test
  void aRefusedConnectionIs502() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    try (TestBalancer balancer = before(port);
        RawClient client = balancer.client()) {
      RawClient.Answer answer = client.get("/");
      assertEquals(502, answer.status());
      assertEquals("the target refused the connection", answer.reason());
      assertEquals(502, client.get("/again").status(), "the connection is kept");
      assertEquals(2, balancer.target(0).getInteger("failed"));
      assertEquals(2, balancer.metric("leadline_connection_errors_total{group=\"group\"}"));
    }
  }

  /**
   * Catches a balancer that says 404 for a body it has not read, and takes the rest for a request.
   */
  @Test
  void anAnswerBeforeTheBodyEndsTheConnection() throws Exception {
    try (TestBalancer balancer = TestBalancer.before();
        RawClient client = balancer.client()) {
      client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nGET /x HTTP/1.1\r\n");
      RawClient.Answer answer = client.read();
      assertEquals(503, answer.status());
      assertEquals(Optional.of("close"), answer.header("connection"));
      assertTrue(client.isEnded());
    }
  }

  /** The accept queue is full and the kernel drops our SYN: nobody refuses, nobody answers. */
  @Test
  void aConnectionThatTakesTooLongIs504() throws Exception {
    try (ServerSocket deaf = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      List<Socket> fill = new ArrayList<>();
      try {
        for (int i = 0; i < 4; i++) {
          Socket socket = new Socket();
          fill.add(socket);
          try {
            socket.connect(deaf.getLocalSocketAddress(), 200);
          } catch (java.net.SocketTimeoutException e) {
            break; // Full.
          }
        }
        try (TestBalancer balancer = before(deaf.getLocalPort())) {
          RawClient.Answer answer = balancer.get("/");
          assertEquals(504, answer.status());
          assertEquals("the target could not be connected to in time", answer.reason());
        }
      } finally {
        for (Socket socket : fill) {
          socket.close();
        }
      }
    }
  }

  @Test
  void silenceIs504() throws Exception {
    CountDownLatch ended = new CountDownLatch(1);
    try (RawTarget target =
            new RawTarget(
                connection -> {
                  if (!connection.readHead().isEmpty()) {
                    connection.readToEnd();
                    ended.countDown();
                  }
                });
        TestBalancer balancer = before(target.port())) {
      RawClient.Answer answer = balancer.get("/");
      assertEquals(504, answer.status());
      assertEquals("the target did not answer in time", answer.reason());
      assertTrue(ended.await(20, TimeUnit.SECONDS), "the target is told to forget the request");
      assertEquals(1, balancer.target(0).getInteger("failed"));
    }
  }

  /** Catches a timeout of the whole request: only silence counts, and this answer is not silent. */
  @Test
  void aSlowAnswerThatGoesOnIsNotTimedOut() throws Exception {
    try (RawTarget target =
            new RawTarget(
                connection -> {
                  if (connection.readHead().isEmpty()) {
                    return;
                  }
                  connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                  for (int i = 0; i < 6; i++) {
                    connection.send("1\r\nx\r\n");
                    connection.readUntilQuiet(500);
                  }
                  connection.send("0\r\n\r\n");
                });
        TestBalancer balancer = before(target.port())) {
      RawClient.Answer answer = balancer.get("/");
      assertTrue(answer.complete());
      assertEquals("xxxxxx", answer.body());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nonsense\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\nab",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nab",
        "HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n",
        "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n: x\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: a\u007fb\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: a\u0001b\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: a\u0000b\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ""
      })
  void anAnswerThatMakesNoSenseIs502(String nonsense) throws Exception {
    try (RawTarget target =
            new RawTarget(
                connection -> {
                  if (!connection.readHead().isEmpty()) {
                    connection.send(nonsense);
                    connection.readUntilQuiet();
                  }
                });
        TestBalancer balancer = TestBalancer.before(target)) {
      assertEquals(502, balancer.get("/").status());
      assertEquals(1, balancer.target(0).getInteger("failed"));
      assertEquals(0, balancer.target(0).getInteger("requestsInFlight"));
    }
  }

  @Test
  void errorsOfTheTargetArePassedOnAndCounted() throws Exception {
    try (RawTarget target =
            RawTarget.answering(
                "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\n\r\noops");
        TestBalancer balancer = TestBalancer.before(target)) {
      RawClient.Answer answer = balancer.get("/");
      assertEquals(500, answer.status());
      assertEquals("oops", answer.body());
      assertEquals(1, balancer.target(0).getInteger("failed"));
      assertEquals(
          1, balancer.metric("leadline_target_responses_total{class=\"5xx\",group=\"group\"}"));
      assertEquals(0, balancer.metric("leadline_balancer_errors_total{group=\"group\"}"));
    }
  }

  /** With a reset: a regular end may mean that the client only sends nothing more. */
  @Test
  void aClientThatLeavesFreesItsTarget() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    CountDownLatch told = new CountDownLatch(1);
    try (RawTarget target =
            new RawTarget(
                connection -> {
                  if (!connection.readHead().isEmpty()) {
                    arrived.countDown();
                    connection.readToEnd();
                    told.countDown();
                  }
                });
        TestBalancer balancer = TestBalancer.before(target)) {
      try (RawClient client = balancer.client()) {
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        assertTrue(arrived.await(20, TimeUnit.SECONDS));
        assertEquals(1, balancer.target(0).getInteger("requestsInFlight"));
        client.reset();
      }
      assertTrue(told.await(20, TimeUnit.SECONDS), "the target is told");
      TestBalancer.eventually(
          "the request is ignored", () -> balancer.target(0).getInteger("ignored") == 1);
      assertEquals(0, balancer.target(0).getInteger("failed"));
      assertEquals(0, balancer.target(0).getInteger("requestsInFlight"));
    }
  }

  /** Above the limit requests wait for a connection instead of failing, and all are served. */
  @Test
  void requestsAboveTheConnectionLimitWait() throws Exception {
    AtomicInteger now = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    try (RawTarget target =
            new RawTarget(
                connection -> {
                  while (!connection.readHead().isEmpty()) {
                    most.accumulateAndGet(now.incrementAndGet(), Math::max);
                    connection.readUntilQuiet(20);
                    now.decrementAndGet();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                  }
                });
        TestBalancer balancer =
            TestBalancer.start("connections: {perTarget: 2}\n" + TestBalancer.oneGroup(target))) {
      List<RawClient> clients = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        clients.add(balancer.client().send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
      }
      // One of those who wait leaves again: that must not cost a place.
      clients.remove(19).reset();
      for (RawClient client : clients) {
        assertEquals(200, client.read().status());
        client.close();
      }
      assertEquals(2, most.get());
      assertEquals(0, balancer.target(0).getInteger("requestsInFlight"));
    }
  }

  @Test
  void idleConnectionsToTargetsAreClosed() throws Exception {
    try (RawTarget target = new RawTarget(RawTarget.ECHO);
        TestBalancer balancer =
            TestBalancer.start(
                "connections: {keepAlive: 100ms}\n" + TestBalancer.oneGroup(target))) {
      assertEquals(200, balancer.get("/").status());
      TestBalancer.eventually(
          "the connection is closed", () -> balancer.target(0).getInteger("connections") == 0);
      assertEquals(200, balancer.get("/").status());
    }
  }

  /** A target that says "close" must not be given another request on that connection. */
  @Test
  void aTargetThatClosesIsConnectedToAgain() throws Exception {
    try (RawTarget target =
            new RawTarget(
                connection -> {
                  if (!connection.readHead().isEmpty()) {
                    connection.send(
                        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
                  }
                });
        TestBalancer balancer = TestBalancer.before(target);
        RawClient client = balancer.client()) {
      for (int i = 0; i < 20; i++) {
        RawClient.Answer answer =
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n").read();
        assertEquals(200, answer.status());
        assertFalse(answer.header("connection").isPresent());
      }
    }
  }
}
