package dev.leadline.balancer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Connections that a target takes over for another protocol, such as WebSocket. */
class UpgradeTest {

  private static final String WISH =
      "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\n"
          + "Upgrade: websocket\r\nSec-WebSocket-Key: k\r\nSec-WebSocket-Extensions: x\r\n\r\n";
  private static final String CONSENT =
      "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
          + "Sec-WebSocket-Accept: y\r\n\r\n";

  private final BlockingQueue<String> received = new LinkedBlockingQueue<>();

  /** Consents and echoes until the client ends its side, then says bye. */
  private final RawTarget.Script echoing =
      connection -> {
        connection.readHead();
        connection.send(CONSENT + "hello");
        for (byte[] next = connection.read(1); next.length > 0; next = connection.read(1)) {
          connection.send(next);
        }
        connection.send("bye");
      };

  private static RawClient joined(TestBalancer balancer) throws Exception {
    RawClient client = balancer.client().send(WISH);
    assertEquals(101, client.read().status());
    return client;
  }

  @Test
  void bytesGoBothWaysUntilBothSidesEnd() throws Exception {
    try (RawTarget target = new RawTarget(echoing);
        TestBalancer balancer = TestBalancer.before(target);
        RawClient client = balancer.client().send(WISH)) {
      RawClient.Answer consent = client.read();
      assertEquals(101, consent.status());
      assertEquals(Optional.of("websocket"), consent.header("upgrade"));
      assertEquals(Optional.of("y"), consent.header("sec-websocket-accept"));
      assertEquals("Upgrade", consent.header("connection").orElse(""));
      String head = target.nextHead().toLowerCase(Locale.ROOT);
      assertTrue(head.contains("connection: upgrade\r\n"), head);
      assertTrue(head.contains("upgrade: websocket\r\n"), head);
      assertTrue(head.contains("sec-websocket-extensions: x\r\n"), head);
      assertEquals("hello", client.readUntil("hello"));
      assertEquals(
          "GET / HTTP/1.1\r\n\r\n", client.send("GET / HTTP/1.1\r\n\r\n").readUntil("\n\r\n"));
      assertEquals(1, balancer.balancer.requestsInFlight());
      client.finish();
      assertEquals("bye", client.readUntil("bye"));
      assertTrue(client.isEnded());
      TestBalancer.eventually("it ended", () -> balancer.balancer.requestsInFlight() == 0);
    }
  }

  @Test
  void whatTheClientSendsEarlyIsNoHttpAndWaitsForTheConsent() throws Exception {
    try (RawTarget target =
            new RawTarget(
                connection -> {
                  if (!connection.readHead().isEmpty()) {
                    connection.readUntilQuiet(200);
                    connection.send(CONSENT);
                    received.add(connection.readToEnd());
                  }
                });
        TestBalancer balancer = TestBalancer.before(target);
        RawClient client = balancer.client()) {
      String early = "GET /early HTTP/1.1\r\nHost: a\r\n\r\n\0\1\2";
      client.send(WISH + early);
      client.send("later");
      assertEquals(101, client.read().status());
      client.finish();
      assertEquals(early + "later", received.poll(20, TimeUnit.SECONDS));
      target.nextHead();
      assertEquals(List.of(), target.unreadHeads());
    }
  }

  @Test
  void anAnswerOtherThan101IsPassedOnAndHttpGoesOn() throws Exception {
    try (RawTarget target =
            RawTarget.answering("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
        TestBalancer balancer = TestBalancer.before(target);
        RawClient client = balancer.client()) {
      assertEquals("no", client.send(WISH).read().body());
      target.nextHead();
      int connections = target.connections();
      assertEquals(403, client.get("/next").status());
      assertEquals("GET /next HTTP/1.1", target.nextHead().lines().findFirst().orElse(""));
      assertEquals(connections + 1, target.connections(), "the connection was not used again");
    }
  }

  @Test
  void whatIsNoWishIsAskedOfNoTarget() throws Exception {
    try (RawTarget target = new RawTarget(RawTarget.ECHO);
        TestBalancer balancer = TestBalancer.before(target)) {
      for (String wish :
          List.of(
              WISH.replace("GET", "POST").replace("\r\n\r\n", "\r\nContent-Length: 0\r\n\r\n"),
              WISH.replace("HTTP/1.1", "HTTP/1.0"),
              WISH.replace("keep-alive, Upgrade", "keep-alive"),
              WISH.replace("Upgrade: websocket", "Upgrade: h2c"),
              WISH.replace("Upgrade: websocket", "Upgrade: websocket\r\nUpgrade: other"))) {
        RawClient.Answer answer = balancer.send(wish);
        assertEquals(200, answer.status(), wish);
        assertFalse(answer.body().toLowerCase(Locale.ROOT).contains("\r\nupgrade:"), wish);
        assertFalse(answer.body().toLowerCase(Locale.ROOT).contains("connection: upgrade"), wish);
      }
    }
  }

  @Test
  void aConsentThatNobodyAskedForIsABadAnswer() throws Exception {
    try (RawTarget target = RawTarget.answering(CONSENT);
        TestBalancer balancer = TestBalancer.before(target)) {
      assertEquals(502, balancer.get("/").status());
      assertEquals(502, balancer.send(WISH.replace("Upgrade: web", "Upgrade: other")).status());
    }
  }

  @Test
  void theSlowerSideSetsThePace() throws Exception {
    try (RawTarget target =
            new RawTarget(
                connection -> {
                  connection.readHead();
                  connection.send(CONSENT);
                  byte[] part = new byte[64 * 1024];
                  for (int i = 0; i < 400; i++) {
                    connection.send(part);
                    received.add("sent");
                  }
                });
        TestBalancer balancer = TestBalancer.before(target);
        RawClient client = joined(balancer)) {
      int before = -1;
      while (before < received.size()) {
        before = received.size();
        TimeUnit.MILLISECONDS.sleep(200); // Until nothing moves any more.
      }
      assertTrue(before < 300, before + " parts of 64 KB were taken, and none was read");
      for (int i = 0; i < 400; i++) {
        client.skip(64 * 1024);
      }
      assertTrue(client.isEnded());
    }
  }

  @Test
  void aSilentTunnelIsClosed() throws Exception {
    try (RawTarget target = new RawTarget(echoing);
        TestBalancer balancer =
            TestBalancer.start(
                "timeouts: {tunnel: 300ms, idle: 100ms, response: 30s}\n"
                    + TestBalancer.oneGroup(target));
        RawClient client = joined(balancer)) {
      client.readUntil("hello");
      assertTrue(client.isEnded());
      TestBalancer.eventually("it ended", () -> balancer.balancer.requestsInFlight() == 0);
    }
  }

  @Test
  void aTunnelLivesUntilTheEndOfDraining() throws Exception {
    try (RawTarget target = new RawTarget(echoing);
        TestBalancer balancer =
            TestBalancer.start("timeouts: {shutdown: 3s}\n" + TestBalancer.oneGroup(target));
        RawClient client = joined(balancer)) {
      client.readUntil("hello");
      var drained = balancer.balancer.drain();
      assertEquals("still", client.send("still").readUntil("still"));
      assertFalse(drained.isComplete());
      assertTrue(client.isEnded());
      TestBalancer.await(drained);
    }
  }
}
