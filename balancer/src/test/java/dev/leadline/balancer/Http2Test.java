package dev.leadline.balancer;

import static dev.leadline.balancer.FrameClient.END_HEADERS;
import static dev.leadline.balancer.FrameClient.END_STREAM;
import static dev.leadline.balancer.FrameClient.GOAWAY;
import static dev.leadline.balancer.FrameClient.HEADERS;
import static dev.leadline.balancer.FrameClient.RST_STREAM;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.balancer.FrameClient.Answer;
import dev.leadline.balancer.FrameClient.Frame;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Clients that speak HTTP/2, before targets that speak HTTP/1.1. */
class Http2Test {

  private final CountDownLatch goOn = new CountDownLatch(1);

  @Test
  void aRequestReachesTheTargetAsOneOfHttp11() throws Exception {
    try (RawTarget target = new RawTarget(RawTarget.ECHO);
        TestBalancer balancer = TestBalancer.before(target);
        FrameClient client = new FrameClient(balancer.port())) {
      Answer answer =
          client
              .get(1, "/a?b=c", "cookie", "x=1", "cookie", "y=2", "te", "trailers", "accept", "*/*")
              .read(1);
      assertEquals(200, answer.status());
      List<String> head = answer.body().lines().map(String::toLowerCase).toList();
      assertEquals("get /a?b=c http/1.1", head.get(0));
      assertTrue(head.contains("host: test"), answer.body());
      assertTrue(head.contains("cookie: x=1; y=2"), answer.body());
      assertTrue(head.contains("x-forwarded-for: 127.0.0.1"), answer.body());
      assertTrue(head.contains("x-forwarded-proto: http"), answer.body());
      assertTrue(
          head.stream()
              .noneMatch(
                  it ->
                      it.startsWith(":")
                          || it.startsWith("te:")
                          || it.startsWith("content-length")
                          || it.startsWith("transfer-encoding")),
          answer.body());
    }
  }

  @Test
  void aBodyOfUnknownLengthArrivesInChunks() throws Exception {
    try (RawTarget target =
            new RawTarget(
                connection -> {
                  connection.readHead();
                  String body = connection.readUntil("0\r\n\r\n");
                  connection.send(
                      "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
                });
        TestBalancer balancer = TestBalancer.before(target);
        FrameClient client = new FrameClient(balancer.port())) {
      client.post(1, "/").data(1, "one", false).data(1, "two", true);
      String body = client.read(1).body(); // Parts that wait together become one.
      assertEquals("onetwo0", body.replaceAll("[36]\r\n|\r\n", ""), body);
    }
  }

  @Test
  void hintsBodyAndTrailersOfAnAnswerArrive() throws Exception {
    try (RawTarget target =
            RawTarget.answering(
                "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
                    + "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nKeep-Alive: timeout=5\r\n\r\n"
                    + "3\r\nabc\r\n0\r\nChecksum: 7\r\nContent-Length: 9\r\n\r\n");
        TestBalancer balancer = TestBalancer.before(target);
        FrameClient client = new FrameClient(balancer.port());
        RawClient http1 = balancer.client()) {
      Answer answer = client.get(1, "/").read(1);
      assertEquals(
          List.of(":status: 103\nlink: </a>", ":status: 200", "checksum: 7"), answer.heads());
      assertEquals("abc", answer.body());
      http1.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").readUntil("0\r\n");
      assertEquals("Checksum: 7\r\n\r\n", http1.readUntil("\r\n\r\n"));
    }
  }

  @Test
  void whatHasNoBodyEndsWithItsHead() throws Exception {
    try (RawTarget target = RawTarget.answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
        TestBalancer balancer = TestBalancer.before(target);
        FrameClient client = new FrameClient(balancer.port())) {
      client.send(HEADERS, END_HEADERS | END_STREAM, 1, FrameClient.head("HEAD", "/"));
      Answer answer = client.read(1);
      assertEquals(List.of(":status: 200\ncontent-length: 5"), answer.heads());
      assertTrue(answer.complete());
    }
  }

  @Test
  void anAnswerThatBreaksOffResetsItsStreamOnly() throws Exception {
    try (RawTarget target =
            new RawTarget(
                connection -> {
                  if (connection.readHead().startsWith("GET /broken")) {
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 50000\r\n\r\nabc");
                    connection.reset();
                  } else {
                    await(goOn);
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                  }
                });
        TestBalancer balancer = TestBalancer.before(target);
        FrameClient client = new FrameClient(balancer.port())) {
      client.get(1, "/").get(3, "/broken");
      assertEquals(2, client.read(3).reset());
      goOn.countDown();
      assertEquals("ok", client.read(1).body());
    }
  }

  @Test
  void aClientThatResetsAStreamLeavesOnlyThatRequest() throws Exception {
    CountDownLatch left = new CountDownLatch(1);
    try (RawTarget target =
            new RawTarget(
                connection -> {
                  if (connection.readHead().startsWith("GET /left")) {
                    connection.readToEnd();
                    left.countDown();
                  } else {
                    await(goOn);
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                  }
                });
        TestBalancer balancer = TestBalancer.before(target);
        FrameClient client = new FrameClient(balancer.port())) {
      client.get(1, "/").get(3, "/left");
      target.nextHead();
      target.nextHead();
      client.send(RST_STREAM, 3, 8);
      await(left);
      TestBalancer.eventually("one has left", () -> balancer.balancer.requestsInFlight() == 1);
      goOn.countDown();
      assertEquals("ok", client.read(1).body());
    }
  }

  @Test
  void aClientThatClosesItsConnectionLeavesWithAllItsRequests() throws Exception {
    try (RawTarget target = RawTarget.holding(goOn);
        TestBalancer balancer = TestBalancer.before(target)) {
      try (FrameClient client = new FrameClient(balancer.port())) {
        client.get(1, "/").get(3, "/");
        target.nextHead();
        target.nextHead();
      }
      TestBalancer.eventually("they left", () -> balancer.balancer.requestsInFlight() == 0);
      goOn.countDown();
    }
  }

  @Test
  void anErrorOfTheClientIsNamedInTheReset() throws Exception {
    try (RawTarget target = RawTarget.holding(goOn);
        TestBalancer balancer = TestBalancer.before(target);
        FrameClient client = new FrameClient(balancer.port())) {
      client.post(1, "/", "content-length", "2").data(1, "four", true);
      assertEquals(1, client.read(1).reset());
      client.get(3, "/").data(3, "after its end", true);
      assertEquals(5, client.read(3).reset());
      goOn.countDown();
    }
  }

  @Test
  void anAnswerBeforeTheEndOfTheBodyIsWholeAndStopsTheBody() throws Exception {
    try (RawTarget target =
            RawTarget.answering("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno");
        TestBalancer balancer =
            TestBalancer.start(
                TestBalancer.oneGroup(target).replace("paths: ['*']", "paths: ['/t']"));
        FrameClient client = new FrameClient(balancer.port())) {
      for (int stream = 1; stream <= 3; stream += 2) {
        client.post(stream, stream == 1 ? "/t" : "/none").data(stream, "part", false);
        Answer answer = client.read(stream);
        assertEquals(stream == 1 ? 413 : 404, answer.status());
        assertTrue(answer.complete());
        assertEquals(0, client.read(stream).reset());
      }
    }
  }

  @Test
  void requestsInFlightEndAfterAGoAway() throws Exception {
    try (RawTarget target = RawTarget.holding(goOn);
        TestBalancer balancer = TestBalancer.before(target);
        FrameClient busy = new FrameClient(balancer.port());
        FrameClient idle = new FrameClient(balancer.port())) {
      busy.get(1, "/");
      TestBalancer.eventually(
          "the request is on its way", () -> balancer.balancer.requestsInFlight() == 1);
      var drained = balancer.balancer.drain();
      assertNotNull(idle.next(GOAWAY));
      assertNull(idle.next(GOAWAY));
      Frame goAway = Objects.requireNonNull(busy.next(GOAWAY));
      assertEquals(1, goAway.number(0));
      assertEquals(0, goAway.number(4));
      assertFalse(drained.isComplete());
      goOn.countDown();
      assertEquals("ok", busy.read(1).body());
      assertNull(busy.next());
      TestBalancer.await(drained);
    }
  }

  @Test
  void whatIsReadInTwoWaysIsNotPassedOn() throws Exception {
    try (RawTarget target = new RawTarget(RawTarget.ECHO);
        TestBalancer balancer = TestBalancer.before(target)) {
      for (byte[] head :
          List.of(
              FrameClient.head("GET", "/", "connection", "close"),
              FrameClient.head("GET", "/", "transfer-encoding", "chunked"),
              FrameClient.head("GET", "/", "te", "gzip"),
              FrameClient.head("GET", "/", "upgrade", "h2c"),
              FrameClient.head("GET", "/", "keep-alive", "1"),
              FrameClient.head("GET", "/", "proxy-connection", "close"),
              FrameClient.head("GET", "/", "Upper", "1"),
              FrameClient.head("GET", "/", "a b", "1"),
              FrameClient.head("GET", "/", "", "1"),
              FrameClient.head("GET", "/", "a", "1\r\nb: 2"),
              FrameClient.head("GET", "/", "a", "1\nb: 2"),
              FrameClient.head("GET", "/", "a", "\0"),
              FrameClient.head("GET", "/", "a:b", "1"),
              FrameClient.head("GET", "/", ":path", "/b"),
              FrameClient.head("GET", "/", ":unknown", "/b"),
              FrameClient.head("GET", "/", "host", "other"),
              FrameClient.head("GET", "/", "host", "test", "host", "test"),
              FrameClient.head("GET", "/", "content-length", "3"),
              FrameClient.head("GET", "/", "content-length", "0", "content-length", "3"),
              FrameClient.head("GET", "/", "content-length", "+0"),
              FrameClient.head("GET", "/a b"),
              FrameClient.head("GET", "/a HTTP/1.1\r\nx: "),
              FrameClient.head("GET", "a"),
              FrameClient.head("GET", ""),
              FrameClient.head("G T", "/"),
              FrameClient.head("GET / HTTP/1.1\r\nx:", "/"),
              FrameClient.head("CONNECT", "/"),
              FrameClient.block(":method", "CONNECT", ":authority", "test"),
              FrameClient.block(":method", "GET", ":scheme", "http", ":path", "/"),
              FrameClient.block(":method", "GET", ":scheme", "http", ":authority", "test"),
              FrameClient.block(":scheme", "http", ":path", "/", ":authority", "test"),
              FrameClient.block(
                  ":method", "GET", ":scheme", "http", ":path", "/", ":authority", "a/b"),
              FrameClient.block(
                  ":method", "GET", ":scheme", "http", ":path", "/", ":authority", "u@a"),
              FrameClient.block(
                  ":method", "GET", ":scheme", "http", ":path", "/", ":authority", "a\r\nx: y"))) {
        try (FrameClient client = new FrameClient(balancer.port())) {
          Answer answer = client.send(HEADERS, END_HEADERS | END_STREAM, 1, head).read(1);
          String what =
              new String(head, java.nio.charset.StandardCharsets.ISO_8859_1) + " " + answer;
          assertTrue(!answer.complete() || answer.status() / 100 == 4, what);
        }
      }
      assertEquals(List.of(), target.unreadHeads());
    }
  }

  @Test
  void theFirstBytesDecideWhichProtocolItIs() throws Exception {
    try (RawTarget target = new RawTarget(RawTarget.ECHO);
        TestBalancer balancer = TestBalancer.before(target);
        RawClient http1 = balancer.client();
        RawClient upgrading = balancer.client();
        RawClient pri = balancer.client()) {
      http1.send("P");
      http1.send("R");
      assertEquals(200, http1.send("OPFIND / HTTP/1.1\r\nHost: a\r\n\r\n").read().status());
      upgrading.send(
          "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\n"
              + "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\n");
      RawClient.Answer plain = upgrading.read();
      assertEquals(200, plain.status());
      assertFalse(
          plain.body().toLowerCase(java.util.Locale.ROOT).contains("upgrade"), plain.body());
      assertTrue(pri.send("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n").read().status() >= 400);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(20, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
