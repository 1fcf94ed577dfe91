package dev.leadline.balancer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How a balancer stops. */
class StopTest {

  private final CountDownLatch goOn = new CountDownLatch(1);

  private static boolean isRefused(TestBalancer balancer) throws java.io.IOException {
    try {
      balancer.client().close();
      return false;
    } catch (SocketException refused) { // Or reset, where it is closed at this moment.
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
        TestBalancer balancer =
            TestBalancer.start("timeouts: {shutdownDelay: 3s}\n" + TestBalancer.oneGroup(target));
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

  /** A client behind a balancer in front: uses a connection for as long as the answers let it. */
  private record Client(TestBalancer balancer, BooleanSupplier goesOn)
      implements Callable<Integer> {

    /** How many answers were the last ones of their connections. */
    @Override
    public Integer call() throws Exception {
      int lastAnswers = 0;
      do {
        try (RawClient connection = balancer.client()) {
          boolean last = false;
          while (!last) {
            RawClient.Answer answer = connection.get("/");
            assertEquals(200, answer.status(), "no request is lost");
            last = answer.header("connection").equals(Optional.of("close"));
          }
          lastAnswers++;
          assertTrue(connection.isEnded());
        }
      } while (goesOn.getAsBoolean());
      return lastAnswers;
    }
  }

  /**
   * As behind a load balancer that sends new connections for a while after it was told not to: none
   * of their requests is lost, nor one on a connection that was open before.
   */
  @ParameterizedTest
  @ValueSource(strings = {"forward: group", "fixedResponse: {status: 200, body: ok}"})
  void noRequestIsLostBehindALoadBalancer(String action) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    AtomicBoolean goesOn = new AtomicBoolean(true);
    try (RawTarget target = RawTarget.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        TestBalancer balancer =
            TestBalancer.start(
                "timeouts: {shutdownDelay: 1m}\n"
                    + TestBalancer.oneGroup(target).replace("forward: group", action))) {
      List<Future<Integer>> clients = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        clients.add(threads.submit(new Client(balancer, goesOn::get)));
      }
      assertEquals(Optional.empty(), balancer.get("/").header("connection"));
      var drained = balancer.balancer.drain();
      assertEquals("503 not ready\n", ready(balancer));
      assertEquals("alive\n", balancer.admin("/health").body());
      balancer.status(); // It comes from the loop, which retires before.
      assertEquals(Optional.of("close"), balancer.get("/").header("connection"));
      goesOn.set(false);
      for (Future<Integer> client : clients) {
        assertTrue(client.get(20, TimeUnit.SECONDS) > 0);
      }
      assertFalse(drained.isComplete(), "new connections may still come");
    } finally {
      threads.shutdownNow();
    }
  }
}
