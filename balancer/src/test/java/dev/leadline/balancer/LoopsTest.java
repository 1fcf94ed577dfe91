package dev.leadline.balancer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.EventLoopGroup;
import io.vertx.core.json.JsonObject;
import io.vertx.core.spi.transport.Transport;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Several event loops. */
class LoopsTest {

  private static RawTarget named(String name) throws IOException {
    return RawTarget.answering(
        "HTTP/1.1 200 OK\r\nContent-Length: " + name.length() + "\r\n\r\n" + name);
  }

  private static TestBalancer start(int loops, String policy, String more, RawTarget... targets)
      throws Exception {
    return TestBalancer.start(
        TestBalancer.oneGroup(targets)
            .replace("policy: least_outstanding_requests", "policy: " + policy)
            .replace("    healthCheck", more.indent(4) + "    healthCheck"),
        loops);
  }

  private static JsonObject group(TestBalancer balancer) throws IOException {
    return balancer.status().getJsonArray("targetGroups").getJsonObject(0);
  }

  /**
   * Catches a thread of its own that accepts beside one loop, from which each connection has to
   * change, and several loops that wait for the one that accepts.
   */
  @Test
  void aSingleLoopAcceptsWhatItServes() {
    for (int threads : List.of(1, 2)) {
      Transport transport = Transports.best().implementation();
      EventLoopGroup loops =
          transport.eventLoopGroup(Transport.IO_EVENT_LOOP_GROUP, threads, Thread::new, 50);
      EventLoopGroup acceptor =
          transport.eventLoopGroup(Transport.ACCEPTOR_EVENT_LOOP_GROUP, 1, Thread::new, 100);
      assertEquals(threads == 1, acceptor == loops);
      for (EventLoopGroup group : List.of(loops, acceptor)) {
        var unused = group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
      }
    }
  }

  /** Catches connections that all end up on one loop, and a loop that lets one target out. */
  @Test
  void everyLoopTakesTurnsAmongTheTargets() throws Exception {
    try (RawTarget a = named("a");
        RawTarget b = named("b");
        RawTarget c = named("c");
        TestBalancer balancer = start(2, "round_robin", "", a, b, c);
        RawClient one = balancer.client();
        RawClient two = balancer.client()) {
      for (RawClient client : List.of(one, two)) {
        StringBuilder order = new StringBuilder();
        for (int i = 0; i < 6; i++) {
          order.append(client.get("/").body());
        }
        assertTrue("abc".repeat(3).contains(order), order.toString());
      }
      for (int i = 0; i < 3; i++) {
        assertEquals(4, balancer.target(i).getInteger("succeeded"), "both loops are counted");
      }
    }
  }

  /**
   * A request waits for the end of another one of its own loop, so that none is forgotten: of a
   * limit of three each of three loops has one. Catches a limit that every loop has in full, and a
   * loop with no part in it.
   */
  @Test
  void limitsAreDividedAndNoRequestIsForgotten() throws Exception {
    Semaphore mayAnswer = new Semaphore(0);
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger mostInside = new AtomicInteger();
    int clients = 16;
    try (RawTarget target =
            new RawTarget(
                connection -> {
                  while (!connection.readHead().isEmpty()) {
                    mostInside.accumulateAndGet(inside.incrementAndGet(), Math::max);
                    mayAnswer.acquireUninterruptibly();
                    inside.decrementAndGet();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                  }
                });
        TestBalancer balancer =
            start(
                3,
                "least_outstanding_requests",
                "concurrencyLimit: {first: 3, most: 3, tooLong: 20s}",
                target)) {
      ExecutorService threads = Executors.newFixedThreadPool(clients);
      List<Future<RawClient.Answer>> answers = new ArrayList<>();
      try {
        for (int i = 0; i < clients; i++) {
          answers.add(threads.submit(() -> balancer.get("/")));
        }
        TestBalancer.eventually(
            "all but three wait",
            () -> group(balancer).getInteger("requestsHeld") == clients - 3 && inside.get() == 3);
        mayAnswer.release(clients);
        for (Future<RawClient.Answer> answer : answers) {
          assertEquals(200, answer.get().status());
        }
        assertEquals(3, mostInside.get());
        assertEquals(0, group(balancer).getInteger("requestsHeld"));
      } finally {
        mayAnswer.release(clients);
        threads.shutdownNow();
      }
    }
  }

  /** Catches a counter, a queue or a state that two loops change at the same time. */
  @Test
  void nothingIsLostWhenAllLoopsAreBusy() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    RawTarget.Script moody =
        connection -> {
          while (!connection.readHead().isEmpty()) {
            if (asked.incrementAndGet() % 7 == 0) {
              connection.reset();
              return;
            }
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
          }
        };
    int clients = 12;
    int each = 150;
    try (RawTarget a = new RawTarget(moody);
        RawTarget b = new RawTarget(moody);
        RawTarget c = new RawTarget(moody);
        TestBalancer balancer =
            start(3, "leadline", "hedging: {quantile: 0.9, leastDelay: 1ms}", a, b, c)) {
      ExecutorService threads = Executors.newFixedThreadPool(clients);
      try {
        Callable<Integer> client =
            () -> {
              int answered = 0;
              for (int i = 0; i < each; i++) {
                int status = balancer.get("/").status();
                answered += status == 200 || status == 502 ? 1 : 0;
              }
              return answered;
            };
        List<Future<Integer>> all = new ArrayList<>();
        for (int i = 0; i < clients; i++) {
          all.add(threads.submit(client));
        }
        for (Future<Integer> one : all) {
          assertEquals(each, one.get());
        }
      } finally {
        threads.shutdownNow();
      }
      TestBalancer.eventually(
          "all requests have ended", () -> balancer.balancer.requestsInFlight() == 0);
      JsonObject group = group(balancer);
      assertEquals(0, group.getInteger("requestsHeld"));
      long attempts = 0;
      for (int i = 0; i < 3; i++) {
        JsonObject target = group.getJsonArray("targets").getJsonObject(i);
        assertEquals(0, target.getInteger("requestsInFlight"), target.encode());
        attempts +=
            target.getInteger("succeeded")
                + target.getInteger("failed")
                + target.getInteger("ignored");
      }
      int requests = clients * each;
      assertEquals(requests, balancer.metric("leadline_requests_total{group=\"group\"}"));
      // A hedge that waits for a target when the answer comes is withdrawn, and was no attempt.
      int least = requests + group.getInteger("retries");
      int most = least + group.getInteger("hedges");
      assertTrue(
          attempts >= least && attempts <= most,
          attempts + " attempts, not " + least + " to " + most);
    }
  }

  @Test
  void allLoopsEndWhatTheyHaveWhenTheBalancerStops() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    try (RawTarget target = RawTarget.holding(goOn);
        TestBalancer balancer = start(2, "round_robin", "", target);
        RawClient one = balancer.client();
        RawClient two = balancer.client()) {
      one.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      two.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      TestBalancer.eventually(
          "both are on their way", () -> balancer.balancer.requestsInFlight() == 2);
      var drained = balancer.balancer.drain();
      goOn.countDown();
      assertEquals("ok", one.read().body());
      assertEquals("ok", two.read().body());
      TestBalancer.await(drained);
    }
  }

  /** A client that leaves takes its request out of the queue. */
  @Test
  void whoLeavesIsNotWaitedFor() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    try (RawTarget target = RawTarget.holding(goOn);
        TestBalancer balancer =
            start(
                2,
                "least_outstanding_requests",
                "concurrencyLimit: {first: 1, most: 1, tooLong: 20s}",
                target);
        RawClient one = balancer.client();
        RawClient two = balancer.client()) {
      one.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      two.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      TestBalancer.eventually(
          "each loop has the target", () -> balancer.target(0).getInteger("requestsInFlight") == 2);
      try (RawClient third = balancer.client();
          RawClient fourth = balancer.client()) {
        third.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        fourth.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        TestBalancer.eventually("both wait", () -> group(balancer).getInteger("requestsHeld") == 2);
      }
      TestBalancer.eventually(
          "nobody waits", () -> group(balancer).getInteger("requestsHeld") == 0);
      goOn.countDown();
      assertEquals("ok", one.read().body());
      assertEquals("ok", two.read().body());
      assertEquals(2, target.unreadHeads().size(), "nothing else reached the target");
    }
  }
}
