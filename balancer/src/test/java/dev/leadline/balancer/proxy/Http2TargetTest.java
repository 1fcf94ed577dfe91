package dev.leadline.balancer.proxy;

import static dev.leadline.balancer.FrameTarget.answer;
import static dev.leadline.balancer.FrameTarget.nextRequest;
import static dev.leadline.balancer.proxy.TestProxy.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.balancer.FrameClient;
import dev.leadline.balancer.FrameTarget;
import dev.leadline.balancer.RawClient;
import dev.leadline.balancer.RawTarget;
import dev.leadline.balancer.TestBalancer;
import dev.leadline.balancer.connect.UnsentException;
import dev.leadline.balancer.observe.EndReason;
import dev.leadline.balancer.observe.RequestEnd;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpVersion;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Targets that speak HTTP/2, frame by frame. */
class Http2TargetTest {

  private static final String GET = "GET /a HTTP/1.1\r\nHost: shop.example:81\r\n\r\n";

  private static TestProxy before(FrameTarget... targets) throws Exception {
    return TestProxy.beforePorts(
        "protocol: http2", List.of(targets).stream().map(FrameTarget::port).toList());
  }

  @Test
  void aRequestAndItsAnswer() throws Exception {
    try (FrameTarget target = new FrameTarget();
        TestProxy proxy = before(target);
        RawClient client = proxy.client()) {
      client.send(GET.replace("Host", "X-Test: 1\r\nConnection: X-Gone\r\nX-Gone: 1\r\nHost"));
      try (FrameClient connection = target.accept()) {
        FrameClient.Frame head = nextRequest(connection);
        assertEquals(
            ":method: GET\n:path: /a\n:authority: shop.example:81\n:scheme: http\nx-test: 1\n"
                + "x-forwarded-for: 127.0.0.1",
            head.head().lines().limit(6).collect(Collectors.joining("\n")));
        for (String absent : List.of("host:", "x-gone", "connection")) {
          assertFalse(head.head().contains("\n" + absent), head.head());
        }
        assertTrue(head.endsStream());
        connection.send(
            FrameClient.HEADERS,
            FrameClient.END_HEADERS,
            head.stream(),
            FrameClient.block(":status", "103", "link", "</a.css>"));
        answer(connection, head.stream(), "hello");
        assertEquals("</a.css>", client.read(false).header("link").orElse(""));
        RawClient.Answer answer = client.read();
        assertEquals(200, answer.status());
        assertEquals("hello", answer.body());
        proxy.assertNextEnd("FIRST t0 ANSWERED", 200, null);
        proxy.assertNoMoreEnds();
      }
    }
  }

  /** The target allows two requests at a time: the third needs a connection of its own. */
  @Test
  void requestsShareConnectionsAsFarAsTheTargetAllows() throws Exception {
    try (FrameTarget target = new FrameTarget();
        TestProxy proxy = before(target);
        RawClient one = proxy.client();
        RawClient two = proxy.client();
        RawClient three = proxy.client()) {
      one.send(GET);
      try (FrameClient first = target.accept(FrameTarget.MAX_CONCURRENT_STREAMS, 2)) {
        assertEquals(1, nextRequest(first).stream());
        two.send(GET);
        assertEquals(3, nextRequest(first).stream());
        three.send(GET);
        try (FrameClient second = target.accept(FrameTarget.MAX_CONCURRENT_STREAMS, 2)) {
          assertEquals(1, nextRequest(second).stream());
          answer(first, 3, "two");
          assertEquals("two", two.read().body());
          answer(first, 1, "one");
          assertEquals("one", one.read().body());
          answer(second, 1, "three");
          assertEquals("three", three.read().body());
          one.send(GET);
          assertEquals(5, nextRequest(first).stream(), "there is room on the first again");
        }
      }
    }
  }

  /**
   * Requests wait for the only stream of a connection, and for another connection that does not get
   * ready; when the stream ends, the next one is not sent too early.
   */
  @Test
  void requestsWaitForAStreamThatHasEnded() throws Exception {
    try (FrameTarget target = new FrameTarget();
        TestProxy proxy = before(target);
        RawClient one = proxy.client();
        RawClient two = proxy.client();
        RawClient three = proxy.client()) {
      one.send(GET);
      try (FrameClient connection = target.accept(FrameTarget.MAX_CONCURRENT_STREAMS, 1)) {
        assertEquals(1, nextRequest(connection).stream());
        two.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx");
        TestBalancer.eventually("two are there", () -> proxy.requestsInFlight() == 2);
        three.send(GET);
        TestBalancer.eventually("all are there", () -> proxy.requestsInFlight() == 3);
        answer(connection, 1, "one");
        assertEquals("one", one.read().body());
        assertEquals(3, nextRequest(connection).stream());
        answer(connection, 3, "two");
        assertEquals("two", two.read().body());
        assertEquals(5, nextRequest(connection).stream());
        answer(connection, 5, "three");
        assertEquals("three", three.read().body());
        proxy.assertNextEnd("FIRST t0 ANSWERED", 200, null);
      }
    }
  }

  /** The next answer would be taken for the body. */
  @ParameterizedTest
  @ValueSource(strings = {"5", "20000"})
  void anAnswerWithoutTheBodyThatItAnnounces(String length) throws Exception {
    try (FrameTarget target = new FrameTarget();
        TestProxy proxy = before(target);
        RawClient client = proxy.client()) {
      client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
      try (FrameClient connection = target.accept()) {
        int stream = nextRequest(connection).stream();
        connection.send(
            FrameClient.HEADERS,
            FrameClient.END_HEADERS,
            stream,
            FrameClient.block(":status", "200", "content-length", length));
        connection.data(stream, "", true);
        if (length.equals("5")) {
          assertEquals(502, client.read().status());
        } else {
          assertFalse(client.read().complete());
        }
      }
    }
  }

  /** The target has processed the first request and not the second. */
  @Test
  void aGoawayLetsRequestsGoOnAndRepeatsTheRest() throws Exception {
    try (FrameTarget target = new FrameTarget();
        TestProxy proxy = before(target);
        RawClient one = proxy.client();
        RawClient two = proxy.client()) {
      one.send(GET);
      try (FrameClient first = target.accept()) {
        nextRequest(first);
        two.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
        assertEquals(3, nextRequest(first).stream());
        first.send(FrameClient.GOAWAY, 0, 0, new byte[] {0, 0, 0, 1, 0, 0, 0, 0});
        try (FrameClient second = target.accept()) {
          assertTrue(nextRequest(second).head().startsWith(":method: POST"));
          answer(second, 1, "repeated");
          assertEquals("repeated", two.read().body());
          proxy.assertNextEnd("FIRST t0 ANSWERED", 200, null);
          answer(first, 1, "went on");
          assertEquals("went on", one.read().body());
          proxy.assertNextEnd("FIRST t0 ANSWERED", 200, null);
          assertEquals(null, first.next(FrameClient.HEADERS), "it is closed, and not used again");
        }
      }
    }
  }

  @Test
  void aRefusedRequestGoesToAnotherTarget() throws Exception {
    try (FrameTarget full = new FrameTarget();
        FrameTarget good = new FrameTarget();
        TestProxy proxy = before(full, good);
        RawClient client = proxy.client()) {
      client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
      try (FrameClient refusing = full.accept()) {
        refusing.send(FrameClient.RST_STREAM, nextRequest(refusing).stream(), 7);
        try (FrameClient connection = good.accept()) {
          answer(connection, nextRequest(connection).stream(), "ok");
          assertEquals(200, client.read().status());
          proxy.assertNextEnd("FIRST t0 FAILED, RETRY t1 ANSWERED", 200, null);
        }
      }
    }
  }

  @Test
  void aTargetThatResetsARequest() throws Exception {
    try (FrameTarget target = new FrameTarget();
        TestProxy proxy = before(target);
        RawClient client = proxy.client()) {
      client.send(GET);
      try (FrameClient connection = target.accept()) {
        connection.send(FrameClient.RST_STREAM, nextRequest(connection).stream(), 2);
        assertEquals(502, client.read().status());
        proxy.assertNextEnd("FIRST t0 FAILED", 502, EndReason.STREAM_RESET);
      }
    }
  }

  /** Catches a name that HTTP/1.1 would have cut in two. */
  @ParameterizedTest
  @ValueSource(strings = {"bad name", "content-length 9", "bad(name", "bad:name", ""})
  void aHeaderWhoseNameIsNoneIsNotPassedOn(String name) throws Exception {
    try (FrameTarget target = new FrameTarget();
        TestProxy proxy = before(target);
        RawClient client = proxy.client()) {
      client.send(GET);
      try (FrameClient connection = target.accept()) {
        connection.send(
            FrameClient.HEADERS,
            FrameClient.END_HEADERS,
            nextRequest(connection).stream(),
            FrameClient.block(":status", "200", name, "1"));
        assertEquals(502, client.read().status());
        proxy.assertNextEnd("FIRST t0 FAILED", 502, EndReason.ANSWER_HTTP2);
      }
    }
  }

  @Test
  void anAnswerWithMoreHeadersThanAllowed() throws Exception {
    try (FrameTarget target = new FrameTarget();
        TestProxy proxy = before(target);
        RawClient client = proxy.client()) {
      client.send(GET);
      try (FrameClient connection = target.accept()) {
        List<String> fields = new ArrayList<>(List.of(":status", "200"));
        fields.addAll(Collections.nCopies(2 * 101, "x"));
        connection.send(
            FrameClient.HEADERS,
            FrameClient.END_HEADERS | FrameClient.END_STREAM,
            nextRequest(connection).stream(),
            FrameClient.block(fields.toArray(String[]::new)));
        assertEquals(502, client.read().status());
        RequestEnd end = proxy.nextEnd();
        assertEquals(EndReason.ANSWER_HEADERS, end.reason());
      }
    }
  }

  @Test
  void aClientThatLeavesResetsItsRequestOnly() throws Exception {
    try (FrameTarget target = new FrameTarget();
        TestProxy proxy = before(target);
        RawClient stays = proxy.client();
        RawClient leaves = proxy.client()) {
      stays.send(GET);
      try (FrameClient connection = target.accept()) {
        nextRequest(connection);
        leaves.send(GET);
        int stream = nextRequest(connection).stream();
        leaves.reset();
        FrameClient.Frame reset = connection.next(FrameClient.RST_STREAM);
        assertNotNull(reset);
        assertEquals(stream, reset.stream());
        assertEquals(8, reset.number(0), "CANCEL");
        proxy.assertNextEnd("FIRST t0 ABANDONED", 0, EndReason.CLIENT_LEFT);
        answer(connection, 1, "ok");
        assertEquals("ok", stays.read().body());
        proxy.assertNextEnd("FIRST t0 ANSWERED", 200, null);
      }
    }
  }

  /** What the target's window does not take, the client cannot send. */
  @Test
  void anUploadToATargetThatDoesNotRead() throws Exception {
    try (FrameTarget target = new FrameTarget();
        TestProxy proxy = before(target);
        RawClient client = proxy.client()) {
      Thread upload =
          new Thread(
              () -> {
                try {
                  client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n");
                  client.send(new byte[100_000_000]);
                } catch (java.io.IOException e) {
                  // The proxy has given it up.
                }
              });
      upload.start();
      try (FrameClient connection = target.accept(FrameTarget.INITIAL_WINDOW_SIZE, 1000)) {
        nextRequest(connection);
        FrameClient.Frame data = connection.next(FrameClient.DATA);
        assertNotNull(data);
        assertEquals(1000, data.payload().length());
        // The only way out is the time limit: nobody moves any more.
        proxy.assertNextEnd("FIRST t0 FAILED", 504, EndReason.ANSWER_TIMEOUT);
      }
      client.reset();
      upload.join();
    }
  }

  /** The target sends back what it gets, and the client reads slower than it sends. */
  @Test
  void largeBodiesBothWaysOverHttp2Only() throws Exception {
    byte[] bytes = new byte[5_000_000];
    new SplittableRandom(1).nextBytes(bytes);
    Buffer body = Buffer.buffer(bytes);
    Vertx vertx = Vertx.vertx();
    try {
      HttpServer target =
          await(
              vertx
                  .createHttpServer()
                  .requestHandler(request -> request.pipeTo(request.response()))
                  .listen(0, "127.0.0.1"));
      try (TestProxy proxy =
          TestProxy.beforePorts("protocol: http2", List.of(target.actualPort()))) {
        HttpClient client =
            vertx.createHttpClient(
                new HttpClientOptions()
                    .setProtocolVersion(HttpVersion.HTTP_2)
                    .setHttp2ClearTextUpgrade(false));
        Promise<Buffer> received = Promise.promise();
        client
            .request(HttpMethod.POST, proxy.port(), "127.0.0.1", "/a")
            .onSuccess(
                request -> {
                  request
                      .response()
                      .onComplete(answer -> readSlowly(vertx, answer, received), received::tryFail);
                  request.end(body);
                })
            .onFailure(received::tryFail);
        assertTrue(body.equals(await(received.future())), "every byte came back");
      }
    } finally {
      await(vertx.close());
    }
  }

  private static void readSlowly(Vertx vertx, HttpClientResponse answer, Promise<Buffer> received) {
    Buffer all = Buffer.buffer();
    answer.pause();
    answer.exceptionHandler(received::tryFail);
    answer.endHandler(end -> received.tryComplete(all));
    answer.handler(
        part -> {
          all.appendBuffer(part);
          vertx.setTimer(1, fired -> answer.fetch(1));
        });
    answer.fetch(1);
  }

  /** What did not leave the balancer says nothing about the target. */
  @Test
  void aRequestThatCouldNotBeginIsNotTheTargetsFault() {
    EndReason reason = TargetFailure.ofAnswer(new UnsentException(new IOException()), false, false);
    assertEquals(EndReason.NOT_SENT, reason);
    assertFalse(reason.isTargetsFault());
  }

  @Test
  void aTargetThatSpeaksHttp1() throws Exception {
    try (RawTarget target =
            RawTarget.answering("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        TestProxy proxy = TestProxy.before("protocol: http2", List.of(target));
        RawClient client = proxy.client()) {
      assertEquals(502, client.send(GET).read().status());
      proxy.assertNextEnd("FIRST t0 NOT_CONNECTED", 502, EndReason.NOT_HTTP2);
    }
  }
}
