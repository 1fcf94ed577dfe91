package dev.leadline.balancer.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.balancer.RawClient;
import dev.leadline.balancer.RawTarget;
import dev.leadline.balancer.TestBalancer;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What reaches the target, and what comes back. */
class ForwardingTest {

  @Test
  void methodPathQueryAndHostReachTheTargetAsTheyWere() throws Exception {
    try (RawTarget target = new RawTarget(RawTarget.ECHO);
        TestBalancer balancer = TestBalancer.before(target)) {
      balancer.send("DELETE /a%20b/../c;d?x=1&y=%2F HTTP/1.1\r\nHost: example.com:81\r\n\r\n");
      String head = target.nextHead();
      assertTrue(head.startsWith("DELETE /a%20b/../c;d?x=1&y=%2F HTTP/1.1\r\n"), head);
      assertTrue(head.contains("Host: example.com:81\r\n"), head);
    }
  }

  @Test
  void forwardedHeadersAreSetAsAnApplicationLoadBalancerDoes() throws Exception {
    try (RawTarget target = new RawTarget(RawTarget.ECHO);
        TestBalancer balancer = TestBalancer.before(target)) {
      balancer.get("/");
      String head = target.nextHead();
      assertTrue(head.contains("\r\nx-forwarded-for: 127.0.0.1\r\n"), head);
      assertTrue(head.contains("\r\nx-forwarded-proto: http\r\n"), head);
      assertTrue(head.contains("\r\nx-forwarded-port: " + balancer.port() + "\r\n"), head);
      assertTrue(
          head.matches("(?s).*\r\nx-amzn-trace-id: Root=1-[0-9a-f]{8}-[0-9a-f]{24}\r\n.*"), head);
    }
  }

  /** Catches a proxy that replaces the chain, or that believes what a client says of the rest. */
  @Test
  void forwardedHeadersOfTheClientAreExtendedOrReplaced() throws Exception {
    try (RawTarget target = new RawTarget(RawTarget.ECHO);
        TestBalancer balancer = TestBalancer.before(target)) {
      balancer.send(
          "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 10.1.1.1\r\nX-Forwarded-For: 10.2.2.2\r\n"
              + "X-Forwarded-Proto: https\r\nX-Forwarded-Port: 443\r\n"
              + "X-Amzn-Trace-Id: Self=1-0-0;Root=1-5-6;App=x\r\n\r\n");
      String head = target.nextHead();
      assertTrue(head.contains("\r\nx-forwarded-for: 10.1.1.1, 10.2.2.2, 127.0.0.1\r\n"), head);
      assertTrue(head.contains("\r\nx-forwarded-proto: http\r\n"), head);
      assertFalse(head.contains("-port: 443\r\n"), head);
      assertFalse(head.contains("Self=1-0-0"), head);
      assertTrue(
          head.matches(
              "(?s).*x-amzn-trace-id: Self=1-[0-9a-f]{8}-[0-9a-f]{24};Root=1-5-6;App=x\r\n.*"),
          head);
    }
  }

  /** Catches a client that writes what CGI and WSGI take for our header, or for a length. */
  @Test
  void headersThatDifferFromOursByUnderscoresStayBehind() throws Exception {
    try (RawTarget target = new RawTarget(RawTarget.ECHO);
        TestBalancer balancer = TestBalancer.before(target)) {
      balancer.send(
          "GET / HTTP/1.1\r\nHost: a\r\nX_Forwarded_For: wrong\r\nX-Forwarded_For: wrong\r\n"
              + "x_forwarded_proto: wrong\r\nX_FORWARDED_PORT: wrong\r\nX_Amzn_Trace_Id: wrong\r\n"
              + "Content_Length: wrong\r\nTransfer_Encoding: wrong\r\nX_Forwarded_Fox: good\r\n"
              + "Content_Lengths: good\r\nMy_Own: good\r\n\r\n");
      String head = target.nextHead();
      assertFalse(head.contains("wrong"), head);
      assertEquals(3, head.split("good", -1).length - 1, head);
    }
  }

  @Test
  void hopByHopHeadersStayBehindBothWays() throws Exception {
    try (RawTarget target =
            RawTarget.answering(
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive, X-Secret\r\n"
                    + "X-Secret: 1\r\nKeep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\n"
                    + "Upgrade: h2c\r\nX-Kept: yes\r\n\r\nok");
        TestBalancer balancer = TestBalancer.before(target)) {
      RawClient.Answer answer =
          balancer.send(
              "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, X-Mine, Content-Length, Host\r\n"
                  + "X-Mine: 1\r\nKeep-Alive: 5\r\nTE: trailers\r\nTrailer: X\r\nUpgrade: h2c\r\n"
                  + "HTTP2-Settings: AAA\r\nProxy-Connection: keep-alive\r\n"
                  + "Proxy-Authorization: Basic Zm9v\r\nX-Kept: yes\r\n\r\n");
      String head = target.nextHead();
      for (String gone :
          List.of(
              "x-mine",
              "keep-alive",
              "te",
              "trailer",
              "upgrade",
              "http2-settings",
              "proxy-connection",
              "proxy-authorization")) {
        assertFalse(head.toLowerCase(Locale.ROOT).contains("\r\n" + gone + ":"), gone + head);
      }
      assertTrue(head.contains("X-Kept: yes"), head);
      assertTrue(head.contains("Host: a"), head);
      for (String gone : List.of("X-Secret", "Keep-Alive", "Proxy-Authenticate", "Upgrade")) {
        assertEquals(Optional.empty(), answer.header(gone), answer.head());
      }
      assertEquals(Optional.of("yes"), answer.header("X-Kept"));
      assertEquals("ok", answer.body());
    }
  }

  @Test
  void connectionsAreKeptOnBothSides() throws Exception {
    try (RawTarget target = new RawTarget(RawTarget.ECHO);
        TestBalancer balancer = TestBalancer.before(target);
        RawClient client = balancer.client()) {
      int checks = target.connections();
      for (int i = 0; i < 5; i++) {
        assertEquals(200, client.get("/" + i).status());
      }
      assertTrue(target.connections() - checks <= 2, "connections: " + target.connections());
    }
  }

  @Test
  void pipelinedRequestsAreAnsweredInOrder() throws Exception {
    try (RawTarget target = new RawTarget(RawTarget.ECHO);
        TestBalancer balancer = TestBalancer.before(target);
        RawClient client = balancer.client()) {
      client.send(
          "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n"
              + "POST /3 HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
      assertTrue(client.read().body().startsWith("GET /1 "));
      assertTrue(client.read().body().startsWith("GET /2 "));
      assertTrue(client.read().body().startsWith("POST /3 "));
    }
  }

  @Test
  void headHasNoBodyAndKeepsItsLength() throws Exception {
    try (RawTarget target =
            RawTarget.answering("HTTP/1.1 200 OK\r\nContent-Length: 12345\r\n\r\n");
        TestBalancer balancer = TestBalancer.before(target);
        RawClient client = balancer.client()) {
      for (int i = 0; i < 2; i++) {
        client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
        RawClient.Answer answer = client.read(false);
        assertEquals(200, answer.status());
        assertEquals(Optional.of("12345"), answer.header("content-length"));
      }
    }
  }

  @Test
  void headOfAChunkedAnswerHasNeitherBodyNorChunks() throws Exception {
    try (RawTarget target =
            RawTarget.answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        TestBalancer balancer = TestBalancer.before(target);
        RawClient client = balancer.client()) {
      for (int i = 0; i < 2; i++) {
        client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
        assertEquals(200, client.read(false).status());
      }
    }
  }

  @Test
  void answersWithoutABodyHaveNone() throws Exception {
    for (String status : new String[] {"204 No Content", "304 Not Modified"}) {
      try (RawTarget target = RawTarget.answering("HTTP/1.1 " + status + "\r\nETag: x\r\n\r\n");
          TestBalancer balancer = TestBalancer.before(target);
          RawClient client = balancer.client()) {
        for (int i = 0; i < 2; i++) {
          RawClient.Answer answer = client.get("/");
          assertEquals(Integer.parseInt(status.substring(0, 3)), answer.status());
          assertEquals(Optional.of("x"), answer.header("etag"));
          assertEquals(Optional.empty(), answer.header("content-length"), answer.head());
          assertEquals(Optional.empty(), answer.header("transfer-encoding"), answer.head());
        }
      }
    }
  }

  @Test
  void emptyBodiesAreEmpty() throws Exception {
    try (RawTarget target = RawTarget.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        TestBalancer balancer = TestBalancer.before(target);
        RawClient client = balancer.client()) {
      RawClient.Answer answer = client.get("/");
      assertEquals("", answer.body());
      assertEquals(Optional.of("0"), answer.header("content-length"));
      assertEquals(200, client.get("/").status());
    }
  }

  @Test
  void repeatedHeadersStayApart() throws Exception {
    try (RawTarget target =
            RawTarget.answering(
                "HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n");
        TestBalancer balancer = TestBalancer.before(target)) {
      String head = balancer.get("/").head();
      assertTrue(head.contains("Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n"), head);
    }
  }

  @Test
  void earlyHintsArePassedOn() throws Exception {
    try (RawTarget target =
            RawTarget.answering(
                "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
                    + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        TestBalancer balancer = TestBalancer.before(target);
        RawClient client = balancer.client()) {
      RawClient.Answer hints = client.get("/");
      assertEquals(103, hints.status());
      assertEquals(Optional.of("</a.css>"), hints.header("link"));
      assertEquals("ok", client.read().body());
      assertEquals(103, client.get("/").status());
    }
  }

  @Test
  void expectationsAreMetHereAndNotPassedOn() throws Exception {
    try (RawTarget target =
            new RawTarget(
                connection -> {
                  connection.readHead();
                  connection.send(
                      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
                          + new String(
                              connection.read(5), java.nio.charset.StandardCharsets.US_ASCII));
                });
        TestBalancer balancer = TestBalancer.before(target);
        RawClient client = balancer.client()) {
      client.send(
          "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
      assertEquals(100, client.read().status());
      client.send("hello");
      assertEquals("hello", client.read().body());
      assertFalse(target.nextHead().toLowerCase(Locale.ROOT).contains("expect"));
    }
  }

  /** Bodies far beyond any buffer, both ways, in both framings. */
  @Test
  void largeBodiesArriveWhole() throws Exception {
    byte[] body = new byte[3_000_000];
    new Random(7).nextBytes(body);
    String text = new String(body, java.nio.charset.StandardCharsets.ISO_8859_1);
    RawTarget.Script echo =
        connection -> {
          String head = connection.readHead();
          while (!head.isEmpty()) {
            boolean chunked = head.contains("chunked");
            byte[] received = chunked ? unchunk(connection) : connection.read(body.length);
            String framing =
                chunked
                    ? "Transfer-Encoding: chunked\r\n\r\n"
                        + Integer.toHexString(received.length)
                        + "\r\n"
                    : "Content-Length: " + received.length + "\r\n\r\n";
            connection.send("HTTP/1.1 200 OK\r\n" + framing);
            connection.send(received);
            if (chunked) {
              connection.send("\r\n0\r\n\r\n");
            }
            head = connection.readHead();
          }
        };
    try (RawTarget target = new RawTarget(echo);
        TestBalancer balancer = TestBalancer.before(target)) {
      for (boolean chunked : new boolean[] {false, true}) {
        try (RawClient client = balancer.client()) {
          client.send("POST / HTTP/1.1\r\nHost: a\r\n");
          Thread sender =
              new Thread(
                  () -> {
                    try {
                      if (chunked) {
                        client.send("Transfer-Encoding: chunked\r\n\r\n");
                        client.send(Integer.toHexString(body.length) + "\r\n").send(body);
                        client.send("\r\n0\r\n\r\n");
                      } else {
                        client.send("Content-Length: " + body.length + "\r\n\r\n").send(body);
                      }
                    } catch (java.io.IOException e) {
                      throw new java.io.UncheckedIOException(e);
                    }
                  });
          sender.start();
          RawClient.Answer answer = client.read();
          sender.join();
          assertTrue(answer.complete());
          assertEquals(-1, firstDifference(text, answer.body()), "the body changed on its way");
        }
      }
    }
  }

  private static int firstDifference(String expected, String actual) {
    return java.util.Arrays.mismatch(expected.toCharArray(), actual.toCharArray());
  }

  private static byte[] unchunk(RawTarget.Connection connection) throws java.io.IOException {
    java.io.ByteArrayOutputStream body = new java.io.ByteArrayOutputStream();
    while (true) {
      int size = Integer.parseInt(connection.readUntil("\r\n").trim(), 16);
      body.write(connection.read(size));
      connection.readUntil("\r\n");
      if (size == 0) {
        return body.toByteArray();
      }
    }
  }

  @Test
  void http10ClientsGetWhatTheyUnderstand() throws Exception {
    try (RawTarget target =
            RawTarget.answering(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n");
        TestBalancer balancer = TestBalancer.before(target)) {
      for (String connection : new String[] {"", "Connection: keep-alive\r\n"}) {
        RawClient.Answer answer = balancer.send("GET / HTTP/1.0\r\n" + connection + "\r\n");
        assertEquals(200, answer.status());
        assertEquals(Optional.empty(), answer.header("transfer-encoding"));
        assertEquals("abcdef", answer.body());
      }
    }
  }

  /** An answer that ends with the target's connection is passed on in chunks. */
  @Test
  void answersOfUnknownLengthArePassedOn() throws Exception {
    try (RawTarget target =
            new RawTarget(
                connection -> {
                  connection.readHead();
                  connection.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc");
                });
        TestBalancer balancer = TestBalancer.before(target);
        RawClient client = balancer.client()) {
      for (int i = 0; i < 2; i++) {
        RawClient.Answer answer = client.get("/");
        assertEquals("abc", answer.body());
        assertTrue(answer.complete());
      }
    }
  }

  /** Catches a proxy that waits for the whole body before it sends anything on. */
  @Test
  void answersAreStreamed() throws Exception {
    var goOn = new java.util.concurrent.CountDownLatch(1);
    try (RawTarget target =
            new RawTarget(
                connection -> {
                  connection.readHead();
                  connection.send(
                      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
                  try {
                    goOn.await();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                  connection.send("0\r\n\r\n");
                });
        TestBalancer balancer = TestBalancer.before(target);
        RawClient client = balancer.client()) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      assertTrue(client.readUntil("abc").contains("200 OK"));
      goOn.countDown();
    }
  }

  @Test
  void theReasonPhraseOfTheTargetIsPassedOn() throws Exception {
    try (RawTarget target =
            RawTarget.answering("HTTP/1.1 409 Seat taken\r\nContent-Length: 0\r\n\r\n");
        TestBalancer balancer = TestBalancer.before(target)) {
      assertEquals("HTTP/1.1 409 Seat taken", balancer.get("/").head().lines().findFirst().get());
    }
  }
}
