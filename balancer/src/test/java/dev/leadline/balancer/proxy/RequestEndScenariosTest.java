package dev.leadline.balancer.proxy;

import static dev.leadline.balancer.proxy.RequestEndTest.GET;
import static dev.leadline.balancer.proxy.RequestEndTest.GOOD;
import static dev.leadline.balancer.proxy.RequestEndTest.SILENT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.leadline.balancer.RawClient;
import dev.leadline.balancer.RawTarget;
import dev.leadline.balancer.TestBalancer;
import dev.leadline.balancer.observe.EndReason;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** How requests end that wait for capacity, that are hedged, or whose listener stops. */
class RequestEndScenariosTest {

  /** One request has the only place at the target; the second waits, and the third may not. */
  @Test
  void requestsThatNoTargetHasRoomFor() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    try (RawTarget target = RawTarget.holding(goOn);
        TestProxy proxy =
            TestProxy.before(
                "concurrencyLimit: {first: 1, most: 1}\nhold: {most: 1, longest: 2s}",
                List.of(target));
        RawClient first = proxy.client();
        RawClient held = proxy.client();
        RawClient third = proxy.client()) {
      first.send(GET);
      target.nextHead();
      held.send(GET);
      TestBalancer.eventually("one waits", () -> proxy.requestsInFlight() == 2);
      assertEquals(503, third.send(GET).read().status());
      proxy.assertNextEnd("", 503, EndReason.TOO_MANY_HELD);
      assertEquals(503, held.read().status());
      proxy.assertNextEnd("", 503, EndReason.HELD_TOO_LONG);
      goOn.countDown();
      first.read();
      proxy.assertNextEnd("FIRST t0 ANSWERED", 200, null);
      proxy.assertNoMoreEnds();
    }
  }

  @Test
  void aClientThatLeavesWhileItWaitsForRoom() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    try (RawTarget target = RawTarget.holding(goOn);
        TestProxy proxy =
            TestProxy.before("concurrencyLimit: {first: 1, most: 1}", List.of(target));
        RawClient first = proxy.client();
        RawClient held = proxy.client()) {
      first.send(GET);
      target.nextHead();
      held.send(GET);
      TestBalancer.eventually("one waits", () -> proxy.requestsInFlight() == 2);
      held.reset();
      proxy.assertNextEnd("", 0, EndReason.CLIENT_LEFT);
      goOn.countDown();
      first.read();
      proxy.assertNextEnd("FIRST t0 ANSWERED", 200, null);
      proxy.assertNoMoreEnds();
    }
  }

  /** The slow target gets stuck once enough answers were timed to say what slow is. */
  @Test
  void aHedgeThatIsFaster() throws Exception {
    CountDownLatch stuck = new CountDownLatch(1);
    try (RawTarget slow =
            new RawTarget(
                connection -> {
                  while (!connection.readHead().isEmpty()) {
                    if (stuck.getCount() == 0) {
                      connection.readToEnd();
                      return;
                    }
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                  }
                });
        RawTarget good = new RawTarget(GOOD);
        TestProxy proxy =
            TestProxy.before("hedging: {quantile: 0.9, leastDelay: 50ms}", List.of(slow, good));
        RawClient client = proxy.client()) {
      for (int i = 0; i < 100; i++) {
        client.send(GET).read();
        assertNull(proxy.nextEnd().reason());
      }
      stuck.countDown();
      client.send(GET).read();
      proxy.assertNextEnd("FIRST t0 ABANDONED, HEDGE t1 ANSWERED", 200, null);
      proxy.assertNoMoreEnds();
    }
  }

  @Test
  void requestsThatEndWhileTheListenerStops() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    try (RawTarget target = RawTarget.holding(goOn);
        TestProxy proxy = TestProxy.before("", List.of(target));
        RawClient client = proxy.client()) {
      client.send(GET);
      target.nextHead();
      Future<Void> stopped = proxy.stop(Duration.ofSeconds(20));
      goOn.countDown();
      assertEquals(200, client.read().status());
      proxy.assertNextEnd("FIRST t0 ANSWERED", 200, null);
      TestProxy.await(stopped);
      proxy.assertNoMoreEnds();
    }
  }

  @Test
  void requestsThatDoNotEndInTimeWhenTheListenerStops() throws Exception {
    try (RawTarget target = new RawTarget(SILENT);
        TestProxy proxy = TestProxy.before("", List.of(target));
        RawClient client = proxy.client()) {
      client.send(GET);
      target.nextHead();
      TestProxy.await(proxy.stop(Duration.ofMillis(100)));
      proxy.assertNextEnd("FIRST t0 ABANDONED", 0, EndReason.SHUTDOWN);
      proxy.assertNoMoreEnds();
    }
  }
}
