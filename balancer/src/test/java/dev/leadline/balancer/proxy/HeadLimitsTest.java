package dev.leadline.balancer.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.balancer.FrameClient;
import dev.leadline.balancer.RawClient;
import dev.leadline.balancer.RawTarget;
import dev.leadline.balancer.TestBalancer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How large the heads of requests and answers may be, and what they may take of the memory. */
class HeadLimitsTest {

  private static String headers(int count) {
    return "a: b\r\n".repeat(count - 1) + "\r\n"; // Host is one too.
  }

  @Test
  void moreHeadersThanAllowedAre431() throws Exception {
    try (RawTarget target = new RawTarget(RawTarget.ECHO);
        TestBalancer balancer = TestBalancer.before(target)) {
      String line = "GET / HTTP/1.1\r\nHost: a\r\n";
      assertEquals(200, balancer.send(line + headers(100)).status());
      RawClient.Answer refused = balancer.send(line + headers(101));
      assertEquals(431, refused.status());
      assertTrue(refused.body().contains("limits.headers"), refused.body());
    }
  }

  @Test
  void moreHeadersThanAllowedAre431OverHttp2Too() throws Exception {
    try (RawTarget target = new RawTarget(RawTarget.ECHO);
        TestBalancer balancer = TestBalancer.before(target);
        FrameClient client = new FrameClient(balancer.port())) {
      String[] fields = Collections.nCopies(2 * 99, "x").toArray(String[]::new);
      assertEquals(200, client.get(1, "/", fields).read(1).status()); // Host is one too.
      fields = Collections.nCopies(2 * 100, "x").toArray(String[]::new);
      assertEquals(431, client.get(3, "/", fields).read(3).status());
    }
  }

  /** The limit is that of the configuration now, whatever it was when the connection was opened. */
  @Test
  void moreHeadersOfATargetThanAllowedAre502() throws Exception {
    try (RawTarget target =
            RawTarget.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + headers(150));
        TestBalancer balancer =
            TestBalancer.start("limits: {headers: 150}\n" + TestBalancer.oneGroup(target))) {
      assertEquals(200, balancer.get("/").status());
      balancer.reload(it -> it.replace("150", "149"));
      RawClient.Answer refused = balancer.get("/");
      assertEquals(502, refused.status());
      assertTrue(refused.body().contains("more headers than limits.headers"), refused.body());
      balancer.reload(it -> it.replace("149", "150"));
      assertEquals(200, balancer.get("/").status());
    }
  }

  /** Catches a balancer that splits the names once for each header: that took 4 seconds. */
  @Test
  void namesInConnectionAreReadOnce() throws Exception {
    try (RawTarget target = new RawTarget(RawTarget.ECHO);
        TestBalancer balancer =
            TestBalancer.start("limits: {headers: 10000}\n" + TestBalancer.oneGroup(target))) {
      String head =
          "GET / HTTP/1.1\r\nHost: a\r\n" + ("Connection: " + "a,".repeat(7500) + "\r\n").repeat(2);
      long start = System.nanoTime();
      assertEquals(200, balancer.send(head + "b: \r\n".repeat(5000) + "\r\n").status());
      assertTrue(Duration.ofNanos(System.nanoTime() - start).toMillis() < 2000);
    }
  }

  /** Their clients had the most time; what is left of the budget serves the others. */
  @Test
  void theOldestUnfinishedHeadIsClosedWhenTheMemoryForThemIsUsedUp() throws Exception {
    String part = "GET /fixed HTTP/1.1\r\nHost: a\r\nX: " + "a".repeat(4000);
    try (TestProxy proxy = TestProxy.withHeadMemory(10_000);
        RawClient first = proxy.client();
        RawClient second = proxy.client();
        RawClient third = proxy.client()) {
      first.send(part);
      TestBalancer.eventually("one", () -> proxy.limitUse().unfinishedHeadBytes() > 4000);
      second.send(part);
      TestBalancer.eventually("two", () -> proxy.limitUse().unfinishedHeadBytes() > 8000);
      assertEquals(0, proxy.limitUse().unfinishedHeadsDropped());
      third.send(part);
      assertTrue(first.isEnded());
      assertEquals(1, proxy.limitUse().unfinishedHeadsDropped());
      assertEquals(403, second.send("\r\n\r\n").read().status());
      assertEquals(403, third.send("\r\n\r\n").read().status());
      assertEquals(0, proxy.limitUse().unfinishedHeadBytes());
    }
  }

  /**
   * Catches a balancer that still reads from a connection that it closes: with io_uring, a quarter
   * of these connections then stayed open for ever.
   */
  @Test
  void connectionsWhoseHeadIsTooLongAreAllClosed() throws Exception {
    String head = "GET / HTTP/1.1\r\nHost: a\r\n" + ("a: " + "a".repeat(15_000) + "\r\n").repeat(5);
    List<RawClient> clients = new ArrayList<>();
    try (TestBalancer balancer = TestBalancer.start(TestBalancer.oneGroup())) {
      Runnable resume = balancer.stopLoop(); // All are read in one turn.
      for (int i = 0; i < 200; i++) {
        clients.add(balancer.client());
        clients.get(i).send(head);
      }
      resume.run();
      for (RawClient client : clients) {
        assertEquals(431, client.read().status());
        assertTrue(client.isEnded());
      }
    } finally {
      for (RawClient client : clients) {
        client.close();
      }
    }
  }
}
