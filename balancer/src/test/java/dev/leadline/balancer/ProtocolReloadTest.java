package dev.leadline.balancer;

import static dev.leadline.balancer.FrameTarget.answer;
import static dev.leadline.balancer.FrameTarget.nextRequest;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A group's {@code protocol} changes while requests go to its targets. */
class ProtocolReloadTest {

  private static final int MOST_CHANGES = 1000;
  private static final String GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  private static final String POST = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n";

  private static String group(int port) {
    return """
        targetGroups:
          - name: group
            protocol: http1
            ejection: off
            healthCheck: {interval: 100ms, unhealthyThreshold: 1, healthyThreshold: 1}
            targets: [{id: t0, address: 127.0.0.1, port: %d}]
        rules: [{paths: ["*"], forward: group}]
        """
        .formatted(port);
  }

  private static void change(TestBalancer balancer, String from, String to) throws IOException {
    String answer = balancer.reload(yaml -> yaml.replace("protocol: " + from, "protocol: " + to));
    assertTrue(answer.endsWith("changed: group group\n"), answer);
  }

  private static CompletableFuture<Void> requests(
      TestBalancer balancer, AtomicInteger answered, CountDownLatch enough) {
    return CompletableFuture.runAsync(
        () -> {
          try (RawClient client = balancer.client()) {
            while (enough.getCount() > 0) {
              // Requests that may be repeated, and some that nothing was sent of yet.
              RawClient.Answer answer = client.send(answered.get() % 2 == 0 ? GET : POST).read();
              assertEquals(200, answer.status(), answer.body());
              answered.incrementAndGet();
            }
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        },
        task -> new Thread(task).start()); // The common pool may have one thread for all.
  }

  @Test
  void noRequestIsLostAndHealthChecksFollow() throws Exception {
    try (AnyProtocolTarget target = new AnyProtocolTarget();
        TestBalancer balancer = TestBalancer.start(group(target.port()))) {
      CountDownLatch enough = new CountDownLatch(1);
      List<AtomicInteger> answered = Stream.generate(AtomicInteger::new).limit(4).toList();
      List<CompletableFuture<Void>> clients =
          answered.stream().map(it -> requests(balancer, it, enough)).toList();
      for (int i = 0;
          i < 8 || (i < MOST_CHANGES && answered.stream().anyMatch(it -> it.get() < 9));
          i++) {
        assertEquals("HTTP_1_1 null", balancer.get("/").body());
        change(balancer, "http1", "http2");
        assertEquals("HTTP_2 null", balancer.get("/").body());
        change(balancer, "http2", "grpc");
        assertEquals("HTTP_2 trailers", balancer.get("/").body());
        change(balancer, "grpc", "http1");
      }
      enough.countDown();
      for (CompletableFuture<Void> client : clients) {
        client.get(20, TimeUnit.SECONDS);
      }
      assertTrue(answered.stream().allMatch(it -> it.get() > 8), answered.toString());
      assertEquals(0, balancer.target(0).getInteger("failed"));
      change(balancer, "http1", "grpc");
      target.serve(false);
      TestBalancer.eventually( // On a busy machine a check before it may have come too late.
          "it is unhealthy because it says so",
          () ->
              "grpc.health.v1.Health/Check answered NOT_SERVING"
                  .equals(balancer.target(0).getString("unhealthyBecause")));
      assertNotEquals("healthy", balancer.target(0).getString("health"));
      target.serve(true);
      balancer.awaitHealth(0, "healthy");
    }
  }

  /** Health checks go to a port where nobody is. */
  private static TestBalancer before(FrameTarget target) throws Exception {
    return TestBalancer.start(
        group(target.port())
            .replace("http1", "http2")
            .replace("interval: 100ms", "interval: 1m, port: 9"));
  }

  /** The target gets ready when the protocol has changed. */
  @Test
  void aRequestThatWaitsForAConnectionIsServedOnItNevertheless() throws Exception {
    try (FrameTarget target = new FrameTarget();
        TestBalancer balancer = before(target);
        RawClient client = balancer.client()) {
      client.send(POST);
      TestBalancer.eventually(
          "it is there", () -> balancer.target(0).getInteger("requestsInFlight") == 1);
      change(balancer, "http2", "http1");
      try (FrameClient connection = target.accept()) {
        answer(connection, nextRequest(connection).stream(), "ok");
        assertEquals("ok", client.read().body());
        assertNull(connection.next(FrameClient.HEADERS), "it is closed, and not used again");
      }
    }
  }

  /** The client has left before the target gets ready. */
  @Test
  void aConnectionThatComesTooLateIsClosed() throws Exception {
    try (FrameTarget target = new FrameTarget();
        TestBalancer balancer = before(target)) {
      try (RawClient client = balancer.client()) {
        client.send(GET);
        TestBalancer.eventually(
            "it is there", () -> balancer.target(0).getInteger("requestsInFlight") == 1);
        change(balancer, "http2", "http1");
        client.reset();
        TestBalancer.eventually("it left", () -> balancer.balancer.requestsInFlight() == 0);
      }
      try (FrameClient connection = target.accept()) {
        connection.timeout(5000);
        assertNull(connection.next(FrameClient.HEADERS), "it is closed");
      }
    }
  }
}
