package dev.leadline.balancer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.ConnectException;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** How a balancer stops. */
class StopTest {

  private final CountDownLatch goOn = new CountDownLatch(1);

  private static boolean isRefused(TestBalancer balancer) throws java.io.IOException {
    try {
      balancer.client().close();
      return false;
    } catch (ConnectException refused) {
      return true;
    }
  }

  private static String ready(TestBalancer balancer) throws java.io.IOException {
    RawClient.Answer answer = balancer.admin("/ready");
    return answer.status() + " " + answer.body();
  }

  @Test
  void requestsInFlightEndAndNewConnectionsAreRefused() throws Exception {
    try (RawTarget target = RawTarget.holding(goOn);
        TestBalancer balancer = TestBalancer.before(target);
        RawClient busy = balancer.client();
        RawClient idle = balancer.client()) {
      busy.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      TestBalancer.eventually(
          "the request is on its way", () -> balancer.balancer.requestsInFlight() == 1);
      assertEquals("200 ready\n", ready(balancer));
      var drained = balancer.balancer.drain();
      assertEquals("503 not ready\n", ready(balancer));
      balancer.client().close();
      assertTrue(idle.isEnded(), "a connection without a request is closed");
      TestBalancer.eventually("new connections are refused", () -> isRefused(balancer));
      assertFalse(drained.isComplete());
      goOn.countDown();
      RawClient.Answer answer = busy.read();
      assertEquals(200, answer.status());
      assertEquals("ok", answer.body());
      assertEquals(Optional.of("close"), answer.header("connection"));
      assertTrue(busy.isEnded());
      TestBalancer.await(drained);
    }
  }

  @Test
  void whatDoesNotEndInTimeIsBrokenOff() throws Exception {
    try (RawTarget target = RawTarget.holding(goOn);
        TestBalancer balancer =
            TestBalancer.start("timeouts: {shutdown: 300ms}\n" + TestBalancer.oneGroup(target));
        RawClient busy = balancer.client()) {
      busy.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      TestBalancer.eventually(
          "the request is on its way", () -> balancer.balancer.requestsInFlight() == 1);
      long start = System.nanoTime();
      TestBalancer.await(balancer.balancer.drain());
      assertTrue(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start) < 5000);
      assertFalse(busy.read().complete());
    }
  }
}
