package dev.leadline.balancer.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.balancer.FrameClient;
import dev.leadline.balancer.FrameTarget;
import dev.leadline.balancer.RawClient;
import dev.leadline.balancer.RawTarget;
import dev.leadline.balancer.observe.EndReason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Trailers of requests, whichever version of HTTP the client and the target speak. */
class RequestTrailersTest {

  /** The first two are passed on; X-Role is a header of the request too. */
  private static final List<Map.Entry<String, String>> TRAILERS =
      List.of(
          Map.entry("checksum", "7"),
          Map.entry("x-note", "a: b, c"),
          Map.entry("authorization", "Basic Zm9v"),
          Map.entry("content-length", "9"),
          Map.entry("content-type", "text/html"),
          Map.entry("content_encoding", "gzip"),
          Map.entry("cookie", "a=b"),
          Map.entry("expect", "100-continue"),
          Map.entry("host", "other"),
          Map.entry("if-match", "x"),
          Map.entry("proxy-authorization", "Basic Zm9v"),
          Map.entry("trailer", "x"),
          Map.entry("traceparent", "00-1-1-01"),
          Map.entry("x-amzn-trace-id", "Root=1"),
          Map.entry("x-forwarded-for", "10.0.0.1"),
          Map.entry("x_forwarded_host", "other"),
          Map.entry("x-real-ip", "10.0.0.1"),
          Map.entry("x_role", "admin"));

  /** HTTP/2 does not have these at all. */
  private static final String OF_A_CONNECTION =
      "Connection: x-gone\r\nX-Gone: 1\r\nKeep-Alive: 1\r\nTE: gzip\r\n"
          + "Transfer-Encoding: chunked\r\nUpgrade: h2c\r\n";

  private static String lines(List<Map.Entry<String, String>> trailers) {
    StringBuilder lines = new StringBuilder();
    trailers.forEach(it -> lines.append(it.getKey() + ": " + it.getValue() + "\r\n"));
    return lines.toString();
  }

  private static void post(RawClient client, String trailers) throws IOException {
    client.send(
        "POST /a HTTP/1.1\r\nHost: test\r\nX-Role: user\r\nTrailer: Checksum, Host\r\n"
            + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n"
            + trailers
            + "\r\n");
  }

  private static void post(FrameClient client, int stream, String... trailers) throws IOException {
    client
        .post(stream, "/a", "x-role", "user", "trailer", "checksum, host")
        .data(stream, "abc", false)
        .send(
            FrameClient.HEADERS,
            FrameClient.END_HEADERS | FrameClient.END_STREAM,
            stream,
            FrameClient.block(trailers));
  }

  private static void postTo(int port, String protocol) throws IOException {
    if (protocol.equals("http2")) {
      try (FrameClient client = new FrameClient(port)) {
        post(
            client,
            1,
            TRAILERS.stream()
                .flatMap(it -> List.of(it.getKey(), it.getValue()).stream())
                .toArray(String[]::new));
        assertEquals(200, client.read(1).status());
      }
    } else {
      try (RawClient client = new RawClient(port)) {
        post(client, lines(TRAILERS) + OF_A_CONNECTION);
        assertEquals(200, client.read().status());
      }
    }
  }

  /** Answers a request; the result is its head, its body as it came, and its trailers. */
  private static List<String> serve(FrameTarget target) throws IOException {
    try (FrameClient connection = target.accept()) {
      FrameClient.Frame frame = FrameTarget.nextRequest(connection);
      List<String> parts = new ArrayList<>(List.of(frame.head().toLowerCase(Locale.ROOT)));
      while (frame != null && !frame.endsStream()) {
        frame = connection.next();
        if (frame != null && frame.type() == FrameClient.DATA && frame.payload().length() > 0) {
          parts.add(frame.payload().toString());
        } else if (frame != null && frame.type() == FrameClient.HEADERS) {
          parts.add(frame.head());
        }
      }
      FrameTarget.answer(connection, 1, "ok");
      connection.next(FrameClient.GOAWAY);
      return parts;
    }
  }

  @ParameterizedTest
  @CsvSource({"http1", "http2"})
  void aTargetOfHttp1GetsThem(String ofClient) throws Exception {
    List<String> parts = Collections.synchronizedList(new ArrayList<>());
    try (RawTarget target =
            new RawTarget(
                connection -> {
                  for (String head = connection.readHead();
                      !head.isEmpty();
                      head = connection.readHead()) {
                    parts.add(head.toLowerCase(Locale.ROOT));
                    parts.add(connection.readUntil("\r\n\r\n"));
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                  }
                });
        TestProxy proxy = TestProxy.before("", List.of(target))) {
      postTo(proxy.port(), ofClient);
      assertTrue(parts.get(0).contains("\r\ntrailer: checksum\r\n"), parts.get(0));
      assertEquals("3\r\nabc\r\n0\r\n" + lines(TRAILERS.subList(0, 2)) + "\r\n", parts.get(1));
      postTo(proxy.port(), ofClient);
      // A target that does not expect them might take them for the next request.
      assertEquals(2, target.connections());
    }
  }

  @ParameterizedTest
  @CsvSource({"http1", "http2"})
  void aTargetOfHttp2GetsThem(String ofClient) throws Exception {
    List<List<String>> served = new ArrayList<>();
    try (FrameTarget target = new FrameTarget();
        TestProxy proxy = TestProxy.beforePorts("protocol: http2", List.of(target.port()))) {
      Thread serving =
          new Thread(
              () -> {
                try {
                  served.add(serve(target));
                } catch (IOException e) {
                  throw new IllegalStateException(e);
                }
              });
      serving.start();
      postTo(proxy.port(), ofClient);
      proxy.assertNextEnd("FIRST t0 ANSWERED", 200, null);
      proxy.assertNoMoreEnds();
      serving.join();
      List<String> parts = served.get(0);
      assertTrue(parts.get(0).contains("\ntrailer: checksum"), parts.get(0));
      assertEquals(List.of("abc", "checksum: 7\nx-note: a: b, c"), parts.subList(1, parts.size()));
    }
  }

  @Test
  void howManyAndHowLongTheyMayBe() throws Exception {
    try (RawTarget target =
            new RawTarget(
                connection -> {
                  connection.readHead();
                  connection.readToEnd();
                });
        TestProxy proxy = TestProxy.before("", List.of(target));
        RawClient http1 = proxy.client();
        FrameClient http2 = new FrameClient(proxy.port())) {
      String longValue = "a".repeat(8 * 1024);
      post(http1, "x: " + longValue + "\r\n");
      RawClient.Answer refused = http1.read();
      assertEquals(431, refused.status());
      assertEquals(EndReason.TRAILERS_TOO_LONG.text(), refused.reason());
      post(http2, 1, "x", longValue);
      assertEquals(431, http2.read(1).status());
      post(http2, 3, Collections.nCopies(2 * 101, "x").toArray(String[]::new));
      assertEquals(431, http2.read(3).status());
    }
  }
}
