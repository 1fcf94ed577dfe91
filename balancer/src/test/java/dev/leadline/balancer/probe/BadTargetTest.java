package dev.leadline.balancer.probe;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.balancer.LoggedExceptions;
import dev.leadline.balancer.RawTarget;
import dev.leadline.balancer.TestBalancer;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a target does to a health check or a probe ends with that check. */
class BadTargetTest {

  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

  private static TestBalancer checking(RawTarget target, String policy) throws Exception {
    return TestBalancer.start(
        """
        targetGroups:
          - name: group
            policy: %s
            healthCheck:
              {interval: 100ms, timeout: 100ms, healthyThreshold: 1, unhealthyThreshold: 1}
            targets:
              - {id: t0, address: 127.0.0.1, port: %d}
        rules:
          - {paths: ["*"], forward: group}
        """
            .formatted(policy, target.port()));
  }

  /**
   * Answers like this at least so many times, and until that was seen, then stays silent on that
   * connection; afterwards well.
   */
  private static RawTarget recovering(
      String answer, int times, AtomicInteger requests, AtomicBoolean seen) throws Exception {
    return new RawTarget(
        connection -> {
          while (!connection.readUntil("\r\n\r\n").isEmpty()) {
            boolean bad = requests.incrementAndGet() <= times || !seen.get();
            connection.send(bad ? answer : OK);
            if (bad) {
              connection.readToEnd();
            }
          }
        });
  }

  /** Catches a timeout that ends with the head: the sixth check was never sent. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "HTTP/1.1 200 OK\r\nContent-",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n",
        "HTTP/1.1 200 OK\r\nBad Name: a\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
      })
  void aTargetThatStoppedInTheMiddleOfChecksIsCheckedAgain(String half) throws Exception {
    AtomicInteger checks = new AtomicInteger();
    AtomicBoolean seen = new AtomicBoolean();
    try (LoggedExceptions logged = new LoggedExceptions();
        RawTarget target = recovering(half, 8, checks, seen);
        TestBalancer balancer = checking(target, "round_robin")) {
      balancer.awaitHealth(0, "unhealthy");
      seen.set(true);
      balancer.awaitHealth(0, "healthy");
      assertTrue(checks.get() > 8, "it has failed every check before");
      logged.assertNone();
    }
  }

  @Test
  void aTargetThatStoppedInTheMiddleOfProbesIsProbedAgain() throws Exception {
    AtomicInteger probes = new AtomicInteger();
    try (RawTarget target =
            new RawTarget(
                connection -> {
                  String head = connection.readUntil("\r\n\r\n");
                  while (!head.isEmpty()) {
                    boolean bad = head.contains("Prober") && probes.incrementAndGet() <= 3;
                    connection.send(bad ? "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf" : OK);
                    head = connection.readUntil("\r\n\r\n");
                  }
                });
        TestBalancer balancer = checking(target, "{name: fastest, probeInterval: 100ms}")) {
      TestBalancer.eventually("more probes", () -> probes.get() > 5);
      balancer.awaitHealth(0, "healthy");
    }
  }

  /** Catches a body that is collected until the memory is full. */
  @Test
  void aBodyWithoutAnEndIsCutOff() throws Exception {
    AtomicLong most = new AtomicLong();
    CountDownLatch cut = new CountDownLatch(1);
    byte[] part = new byte[16 * 1024];
    try (RawTarget target =
            new RawTarget(
                connection -> {
                  connection.readUntil("\r\n\r\n");
                  long sent = 0;
                  try {
                    connection.send("HTTP/1.1 200 OK\r\n\r\n");
                    while (true) {
                      connection.send(part);
                      sent += part.length;
                    }
                  } finally {
                    most.accumulateAndGet(sent, Math::max);
                    cut.countDown();
                  }
                });
        TestBalancer balancer = checking(target, "round_robin")) {
      assertTrue(cut.await(20, TimeUnit.SECONDS), "the connection is closed");
      balancer.awaitHealth(0, "healthy");
      long buffersOfSockets = 16_000_000;
      assertTrue(most.get() < buffersOfSockets, most + " bytes");
    }
  }

  /** Catches an address that cannot be used taking the checks of the targets after it along. */
  @Test
  void aTargetThatCannotBeCheckedDoesNotKeepTheOthersFromIt() throws Exception {
    AtomicInteger checks = new AtomicInteger();
    try (RawTarget target = recovering("", 0, checks, new AtomicBoolean(true));
        TestBalancer balancer =
            TestBalancer.start(
                """
                targetGroups:
                  - name: group
                    healthCheck: {interval: 100ms, timeout: 100ms}
                    targets:
                      - {id: t0, address: "..", port: 80}
                      - {id: t1, address: "::1%%none", port: 80}
                      - {id: t2, address: 127.0.0.1, port: %d}
                rules: []
                """
                    .formatted(target.port()))) {
      TestBalancer.eventually("checks go on", () -> checks.get() > 3);
      balancer.awaitHealth(2, "healthy");
      balancer.awaitHealth(0, "unhealthy");
      balancer.awaitHealth(1, "unhealthy");
    }
  }
}
