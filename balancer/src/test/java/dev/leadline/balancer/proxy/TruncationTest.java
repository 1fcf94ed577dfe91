package dev.leadline.balancer.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.balancer.RawClient;
import dev.leadline.balancer.RawTarget;
import dev.leadline.balancer.TestBalancer;
import io.vertx.core.transport.Transport;
import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A message that breaks off must never look complete to the other side. Each of these fails with
 * Vert.x's {@code pipeTo}, which ends its destination when its source fails.
 */
class TruncationTest {

  enum Ending {
    REGULAR,
    RESET
  }

  /** A target that reads a request to its end, however that comes, and hands out what it read. */
  private static final class Recorder implements RawTarget.Script {
    final BlockingQueue<String> bodies = new LinkedBlockingQueue<>();
    final CountDownLatch started = new CountDownLatch(1);

    @Override
    public void run(RawTarget.Connection connection) throws java.io.IOException {
      String head = connection.readHead();
      if (!head.isEmpty()) {
        connection.readUntil("abc");
        started.countDown();
        bodies.add(connection.readToEnd());
      }
    }

    String body() throws InterruptedException {
      String body = bodies.poll(20, TimeUnit.SECONDS);
      if (body == null) {
        throw new AssertionError("the target never saw an end of the request");
      }
      return body;
    }
  }

  @ParameterizedTest
  @EnumSource
  void aClientThatBreaksOffAChunkedUploadIsSeenAsSuch(Ending ending) throws Exception {
    Recorder recorder = new Recorder();
    try (RawTarget target = new RawTarget(recorder);
        TestBalancer balancer = TestBalancer.before(target);
        RawClient client = balancer.client()) {
      client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
      assertTrue(recorder.started.await(20, TimeUnit.SECONDS));
      end(client, ending);
      assertEquals("\r\n", recorder.body(), "nothing may follow the chunk, least of all an end");
      TestBalancer.eventually(
          "the request is ignored", () -> balancer.target(0).getInteger("ignored") == 1);
      assertEquals(0, balancer.target(0).getInteger("requestsInFlight"));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aClientThatBreaksOffAnUploadOfKnownLengthIsSeenAsSuch(Ending ending) throws Exception {
    Recorder recorder = new Recorder();
    try (RawTarget target = new RawTarget(recorder);
        TestBalancer balancer = TestBalancer.before(target);
        RawClient client = balancer.client()) {
      client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc");
      assertTrue(recorder.started.await(20, TimeUnit.SECONDS));
      end(client, ending);
      assertEquals("", recorder.body());
      TestBalancer.eventually(
          "the request is ignored", () -> balancer.target(0).getInteger("ignored") == 1);
    }
  }

  private static void end(RawClient client, Ending ending) throws java.io.IOException {
    if (ending == Ending.RESET) {
      client.reset();
    } else {
      client.close();
    }
  }

  /** A chunk size that is no number: what came so far must not become a complete request. */
  @Test
  void aMalformedUploadIsNotCompleted() throws Exception {
    Recorder recorder = new Recorder();
    try (RawTarget target = new RawTarget(recorder);
        TestBalancer balancer = TestBalancer.before(target);
        RawClient client = balancer.client()) {
      client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
      assertTrue(recorder.started.await(20, TimeUnit.SECONDS));
      client.send("xyz\r\n");
      assertEquals("\r\n", recorder.body());
      assertEquals(400, client.read().status());
      assertTrue(client.isEnded());
    }
  }

  private static RawTarget breakingOff(String answer, Ending ending) throws java.io.IOException {
    return new RawTarget(
        connection -> {
          if (!connection.readHead().isEmpty()) {
            connection.send(answer);
            if (ending == Ending.RESET) {
              connection.reset();
            }
          }
        });
  }

  @ParameterizedTest
  @EnumSource
  void aChunkedAnswerThatBreaksOffIsSeenAsSuch(Ending ending) throws Exception {
    try (RawTarget target =
            breakingOff(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", ending);
        TestBalancer balancer = TestBalancer.before(target)) {
      assertBroken(balancer, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    }
  }

  /** Now and then io_uring lost a reset that came right behind data, and the client hung. */
  @Test
  void noResetIsLost() throws Exception {
    try (RawTarget target =
            breakingOff(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", Ending.RESET);
        TestBalancer balancer = TestBalancer.before(target)) {
      for (int i = 0; i < 100; i++) {
        assertFalse(balancer.get("/").complete());
      }
    }
  }

  @Test
  void aMalformedAnswerIsNotCompleted() throws Exception {
    try (RawTarget target =
            breakingOff(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nxyz\r\n",
                Ending.REGULAR);
        TestBalancer balancer = TestBalancer.before(target)) {
      assertBroken(balancer, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    }
  }

  @ParameterizedTest
  @EnumSource
  void aLongAnswerOfKnownLengthThatBreaksOffIsSeenAsSuch(Ending ending) throws Exception {
    try (RawTarget target =
            breakingOff("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nabc", ending);
        TestBalancer balancer = TestBalancer.before(target)) {
      assertBroken(balancer, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    }
  }

  /** Nothing of a short answer was passed on yet, so the client can be told. */
  @ParameterizedTest
  @EnumSource
  void aShortAnswerThatBreaksOffBecomes502(Ending ending) throws Exception {
    try (RawTarget target =
            breakingOff("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", ending);
        TestBalancer balancer = TestBalancer.before(target)) {
      RawClient.Answer answer = balancer.get("/");
      assertEquals(502, answer.status());
      assertFalse(answer.body().contains("abc"));
      assertEquals(1, balancer.target(0).getInteger("failed"));
    }
  }

  /** An answer that ends with the connection is broken if the connection is reset. */
  @Test
  void anAnswerOfUnknownLengthThatIsResetIsSeenAsBroken() throws Exception {
    try (RawTarget target =
            new RawTarget(
                connection -> {
                  if (!connection.readHead().isEmpty()) {
                    connection.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc");
                    // Data that arrives together with a reset may be lost on the way.
                    connection.readUntilQuiet();
                    connection.reset();
                  }
                });
        TestBalancer balancer = TestBalancer.before(target)) {
      assertBroken(balancer, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    }
  }

  /** The reset is noticed where the rest of the request is written, and not by a read. */
  @Test
  void anEarlyAnswerOfUnknownLengthThatIsResetIsSeenAsBroken() throws Exception {
    CountDownLatch blocked = new CountDownLatch(1);
    try (RawTarget target =
            new RawTarget(
                connection -> {
                  if (!connection.readHead().isEmpty()) {
                    connection.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc");
                    try {
                      blocked.await();
                    } catch (InterruptedException e) {
                      Thread.currentThread().interrupt();
                    }
                    connection.reset();
                  }
                });
        TestBalancer balancer = TestBalancer.start(TestBalancer.oneGroup(target), Transport.NIO);
        RawClient client = balancer.client()) {
      client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n");
      AtomicInteger sent = new AtomicInteger();
      Thread sender =
          new Thread(
              () -> {
                try {
                  for (; sent.get() < 10_000; sent.incrementAndGet()) {
                    client.send(new byte[10_000]);
                  }
                } catch (IOException e) {
                  // The connection is closed in the end.
                }
              });
      sender.start();
      client.readUntil("abc");
      int before;
      do {
        before = sent.get();
        Thread.sleep(200); // Blocked is who sends nothing more in this time.
      } while (before == 0 || sent.get() != before);
      blocked.countDown();
      String rest = client.readToEnd();
      assertFalse(rest.contains("0\r\n\r\n"), rest);
      TestBalancer.eventually(
          "the request has failed", () -> balancer.target(0).getInteger("failed") == 1);
      sender.join();
    }
  }

  /** On HTTP/1.0 the end of the connection is the end of the answer: only a reset says "broken". */
  @ParameterizedTest
  @EnumSource
  void anHttp10ClientSeesABrokenAnswerAsAReset(Ending ending) throws Exception {
    try (RawTarget target =
            breakingOff(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", ending);
        TestBalancer balancer = TestBalancer.before(target)) {
      assertBroken(balancer, "GET / HTTP/1.0\r\n\r\n");
    }
  }

  private static void assertBroken(TestBalancer balancer, String request) throws Exception {
    RawClient.Answer answer = balancer.send(request);
    assertFalse(answer.complete(), answer.toString());
    TestBalancer.eventually(
        "the request has failed", () -> balancer.target(0).getInteger("failed") == 1);
    assertEquals(0, balancer.target(0).getInteger("requestsInFlight"));
  }
}
