package dev.leadline.balancer.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.balancer.RawClient;
import dev.leadline.balancer.RawTarget;
import dev.leadline.balancer.TestBalancer;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When a connection to a target must not serve another request. */
class TargetReuseTest {

  private static final String POST = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody";

  /** Such a target reads the body as the next request: another client would get its answer. */
  @ParameterizedTest
  @ValueSource(strings = {"GET", "HEAD", "DELETE", "OPTIONS", "PROPFIND"})
  void aBodyThatATargetMayIgnoreEndsTheConnection(String method) throws Exception {
    String smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
    try (RawTarget target =
            new RawTarget(
                connection -> {
                  String head = connection.readHead();
                  while (!head.isEmpty()) {
                    String line = head.lines().findFirst().orElse("");
                    if (line.contains("/smuggled")) {
                      connection.readUntilQuiet(200); // Until another client's request is there.
                    }
                    boolean bodiless = line.startsWith("HEAD");
                    connection.send(
                        "HTTP/1.1 200 OK\r\nContent-Length: "
                            + line.length()
                            + "\r\n\r\n"
                            + (bodiless ? "" : line));
                    head = connection.readHead();
                  }
                });
        TestBalancer balancer = TestBalancer.before(target);
        RawClient attacker = balancer.client();
        RawClient other = balancer.client()) {
      attacker.send(
          method
              + " /a HTTP/1.1\r\nHost: a\r\nContent-Length: "
              + smuggled.length()
              + "\r\n\r\n"
              + smuggled);
      assertEquals(200, attacker.read(!method.equals("HEAD")).status());
      for (int i = 0; i < 3; i++) {
        assertEquals("GET /b HTTP/1.1", other.get("/b").body());
      }
    }
  }

  /** In the same packet as the answer, in one behind it, and as a whole second answer. */
  @ParameterizedTest
  @ValueSource(strings = {"ok|", "o|k", "ok||", "ok|HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n|"})
  void moreThanTheAnswerEndsTheConnection(String okAndMore) throws Exception {
    CountDownLatch answered = new CountDownLatch(1);
    String[] parts = okAndMore.split("\\|", -1);
    try (RawTarget target =
            new RawTarget(
                connection -> {
                  while (!connection.readHead().isEmpty()) {
                    connection.read(4);
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + parts[0]);
                    connection.readUntilQuiet(1);
                    if (parts.length == 3) {
                      connection.send(parts[1]);
                      await(answered);
                      connection.send("xx");
                    } else {
                      connection.send(parts[1] + "xx");
                    }
                  }
                });
        TestBalancer balancer =
            TestBalancer.start("connections: {keepAlive: 1m}\n" + TestBalancer.oneGroup(target));
        RawClient client = balancer.client()) {
      assertEquals(200, client.send(POST).read().status());
      answered.countDown();
      TestBalancer.eventually(
          "the connection is closed", () -> balancer.target(0).getInteger("connections") == 0);
      assertEquals(200, client.send(POST).read().status());
      assertEquals(0, balancer.target(0).getInteger("failed"));
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(20, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * The client still sends when it has the whole answer: what comes is read for a moment, so that
   * the answer is not lost, and both connections end (RFC 9112, section 9.6).
   */
  @Test
  void anAnswerBeforeTheEndOfTheRequestEndsBothConnections() throws Exception {
    try (RawTarget target =
            new RawTarget(
                connection -> {
                  if (!connection.readHead().isEmpty()) {
                    connection.send("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig");
                    connection.readToEnd();
                  }
                });
        TestBalancer balancer = TestBalancer.before(target);
        RawClient client = balancer.client()) {
      client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\nabc");
      RawClient.Answer answer = client.read();
      assertEquals(413, answer.status());
      assertEquals("big", answer.body());
      assertEquals(Optional.of("close"), answer.header("connection"));
      client.send(new byte[100_000]);
      assertTrue(client.isEnded());
      TestBalancer.eventually(
          "the connection is closed", () -> balancer.target(0).getInteger("connections") == 0);
      assertEquals(1, balancer.target(0).getInteger("succeeded"));
    }
  }

  /** What is for one connection only stays there, and hints show that the target is at work. */
  @Test
  void hintsArePassedOnAndCountAsActivity() throws Exception {
    try (RawTarget target =
            new RawTarget(
                connection -> {
                  if (!connection.readHead().isEmpty()) {
                    for (int i = 0; i < 5; i++) {
                      connection.send(
                          "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nConnection: close, X\r\nX: 1\r\n"
                              + "Content-Length: 5\r\n\r\n");
                      connection.readUntilQuiet(800);
                    }
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                  }
                });
        TestBalancer balancer =
            TestBalancer.start("timeouts: {idle: 3s}\n" + TestBalancer.oneGroup(target));
        RawClient client = balancer.client()) {
      RawClient.Answer answer = client.get("/");
      for (int i = 0; i < 5; i++) {
        assertEquals(
            "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n",
            answer.head().replace("Link", "link"));
        answer = client.read();
      }
      assertEquals("ok", answer.body());
    }
  }

  /** Nothing was sent, so that even a POST may go elsewhere. */
  @Test
  void aRequestThatDidNotReachATargetIsSentToAnother() throws Exception {
    RawTarget gone = new RawTarget(RawTarget.ECHO);
    try (RawTarget target = new RawTarget(RawTarget.ECHO);
        TestBalancer balancer = TestBalancer.before(gone, target);
        RawClient client = balancer.client()) {
      gone.close();
      RawClient.Answer answer = client.send(POST.replace("4\r\n\r\nbody", "0\r\n\r\n")).read();
      assertEquals(200, answer.status());
      assertEquals(1, balancer.target(0).getInteger("failed"));
    }
  }

  @Test
  void aNameThatDoesNotResolveIsNotTheTargetsFault() throws Exception {
    try (TestBalancer balancer =
        TestBalancer.start(
            """
            targetGroups:
              - name: group
                healthCheck: {interval: 1m, timeout: 100ms}
                targets: [{id: t0, address: "no..name", port: 80}]
            rules:
              - {paths: ["*"], forward: group}
            """)) {
      RawClient.Answer answer = balancer.get("/");
      assertEquals("the name of the target cannot be resolved", answer.reason());
      assertEquals(1, balancer.target(0).getInteger("ignored"));
      assertEquals(0, balancer.target(0).getInteger("failed"));
      assertFalse(answer.header("connection").isPresent(), "the connection is kept");
    }
  }
}
