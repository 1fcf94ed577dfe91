package dev.leadline.balancer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.ConnectException;
import java.util.Collections;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What a balancer does while it warms up, and what that leaves behind. */
class WarmUpTest {

  private final CountDownLatch goOn = new CountDownLatch(1);

  private static RawTarget answering() throws java.io.IOException {
    return RawTarget.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  }

  private static String warmUp(RawTarget app, String more) {
    return "warmUp: {url: 'http://127.0.0.1:%d/warm?x=1', requests: 500%s}\n"
        .formatted(app.port(), more);
  }

  @Test
  void itGoesThroughAProxyOfItsOwnAndIsNotCounted() throws Exception {
    AtomicInteger seen = new AtomicInteger();
    try (RawTarget app =
            new RawTarget(
                connection -> {
                  String head = connection.readHead();
                  while (!head.isEmpty()) {
                    if (head.contains("x-forwarded-for: 127.0.0.1")) {
                      seen.incrementAndGet();
                    }
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                    head = connection.readHead();
                  }
                });
        TestBalancer balancer =
            TestBalancer.start(
                warmUp(app, ", beforeListening: true") + TestBalancer.oneGroup(app))) {
      assertEquals(501, seen.get(), "and the one that waits for the application");
      assertEquals(200, balancer.admin("/ready").status());
      assertEquals(0, balancer.target(0).getInteger("succeeded"));
      assertEquals(0, balancer.metric("leadline_requests_total{group=\"group\"}"));
    }
  }

  /** A target that speaks HTTP/2 need not understand anything else. */
  @Test
  void aTargetIsSpokenToAsItsGroupSays() throws Exception {
    try (AnyProtocolTarget target = new AnyProtocolTarget();
        TestBalancer balancer =
            TestBalancer.start(
                """
                warmUp: {url: 'http://127.0.0.1:%1$d/warm', requests: 50, beforeListening: true}
                targetGroups:
                  - name: group
                    protocol: http2
                    targets: [{id: t0, address: 127.0.0.1, port: %1$d}]
                rules: [{paths: ["*"], forward: group}]
                """
                    .formatted(target.port()))) {
      assertEquals(
          Collections.nCopies(51, "HTTP_2 /warm"),
          target.seen().stream().filter(it -> it.endsWith("/warm")).toList());
      assertEquals(200, balancer.get("/").status());
    }
  }

  @Test
  void requestsAreServedMeanwhileAndReadyComesAfterwards() throws Exception {
    try (RawTarget slow = RawTarget.holding(goOn);
        RawTarget target = answering();
        TestBalancer balancer =
            TestBalancer.start(warmUp(slow, "") + TestBalancer.oneGroup(target))) {
      assertEquals(200, balancer.get("/").status());
      assertEquals(503, balancer.admin("/ready").status());
      goOn.countDown();
      TestBalancer.eventually("ready", () -> balancer.admin("/ready").status() == 200);
    }
  }

  @Test
  void aBalancerStopsInOrderDuringItsWarmUp() throws Exception {
    try (RawTarget slow = RawTarget.holding(goOn);
        RawTarget target = answering();
        TestBalancer balancer =
            TestBalancer.start(
                "timeouts: {shutdownDelay: 3s}\n"
                    + warmUp(slow, "")
                    + TestBalancer.oneGroup(target))) {
      var drained = balancer.balancer.drain();
      assertEquals(200, balancer.get("/").status(), "the listener closes later");
      TestBalancer.await(drained);
      assertThrows(ConnectException.class, balancer::client);
      goOn.countDown();
      TestBalancer.await(balancer.balancer.warm());
      assertEquals(503, balancer.admin("/ready").status());
    }
  }

  @Test
  void aBalancerThatStopsWarmsUpNoLonger() throws Exception {
    try (RawTarget target = answering();
        TestBalancer balancer =
            TestBalancer.start(
                warmUp(target, "").replace("500", "100000") + TestBalancer.oneGroup(target))) {
      TestBalancer.await(balancer.balancer.drain());
      long start = System.nanoTime();
      TestBalancer.await(balancer.balancer.warm());
      assertTrue(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start) < 5000);
    }
  }
}
