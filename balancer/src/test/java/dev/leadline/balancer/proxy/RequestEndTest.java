package dev.leadline.balancer.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.leadline.balancer.RawClient;
import dev.leadline.balancer.RawTarget;
import dev.leadline.balancer.RawTarget.Script;
import dev.leadline.balancer.observe.EndReason;
import dev.leadline.balancer.observe.RequestEnd;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every way in which a request can end: it has exactly one end, and that says what happened. */
class RequestEndTest {

  static final String GET = "GET /a?b=1 HTTP/1.1\r\nHost: h\r\n\r\n";
  private static final String CHUNK =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n";

  /** What a client does after it has connected. */
  private interface Client {
    void run(RawClient client) throws Exception;
  }

  /**
   * A way to end.
   *
   * @param targets what each target does with a connection; none: nobody listens there
   * @param attempts each as purpose, target and result
   */
  private record Way(
      String name,
      List<Script> targets,
      Client client,
      int status,
      @Nullable EndReason reason,
      String attempts,
      long bytesIn,
      long bytesOut) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Script answering(String answer) {
    return connection -> {
      while (!connection.readHead().isEmpty()) {
        connection.send(answer);
      }
    };
  }

  /** Sends this to each request and ends the connection. */
  private static Script hangingUp(String answer) {
    return connection -> {
      if (!connection.readHead().isEmpty()) {
        connection.send(answer);
      }
    };
  }

  static final Script SILENT =
      connection -> {
        if (!connection.readHead().isEmpty()) {
          connection.readToEnd();
        }
      };
  static final Script GOOD = answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");

  private static Way way(
      String name,
      List<Script> targets,
      String request,
      int status,
      @Nullable EndReason reason,
      String attempts,
      long bytesOut) {
    return new Way(
        name, targets, it -> it.send(request).read(), status, reason, attempts, 0, bytesOut);
  }

  private static Way refused(String name, String request, EndReason reason) {
    return way(name, List.of(GOOD), request, reason.status(), reason, "", text(reason).length());
  }

  private static String text(EndReason reason) {
    String phrase =
        Map.of(
                400, "Bad Request",
                404, "Not Found",
                405, "Method Not Allowed",
                414, "URI Too Long",
                417, "Expectation Failed",
                431, "Request Header Fields Too Large",
                502, "Bad Gateway",
                503, "Service Unavailable",
                504, "Gateway Timeout")
            .getOrDefault(reason.status(), "");
    return OwnBody.of(reason, phrase, List.of()).content();
  }

  private static Way failed(String name, List<Script> targets, EndReason reason, String attempts) {
    return way(name, targets, GET, reason.status(), reason, attempts, text(reason).length());
  }

  static Stream<Way> ways() {
    return Stream.of(
        way("complete", List.of(GOOD), GET, 200, null, "FIRST t0 ANSWERED", 2),
        way(
            "complete, an error of the target",
            List.of(answering("HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\nno")),
            GET,
            500,
            null,
            "FIRST t0 ANSWERED",
            2),
        way(
            "complete, in parts",
            List.of(answering(CHUNK + "0\r\n\r\n")),
            GET,
            200,
            null,
            "FIRST t0 ANSWERED",
            3),
        new Way(
            "complete, with a body",
            List.of(
                connection -> {
                  connection.readHead();
                  connection.read(5);
                  connection.send("HTTP/1.1 204 No Content\r\n\r\n");
                  connection.readToEnd();
                }),
            it -> it.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello").read(),
            204,
            null,
            "FIRST t0 ANSWERED",
            5,
            0),
        refused("no HTTP", "GET /\r\nHost: h\r\n\r\n", EndReason.MALFORMED),
        refused(
            "line too long",
            "GET /" + "a".repeat(20_000) + " HTTP/1.1\r\n\r\n",
            EndReason.LINE_TOO_LONG),
        refused(
            "headers too long",
            "GET / HTTP/1.1\r\nX: " + "a".repeat(70_000) + "\r\n\r\n",
            EndReason.HEADERS_TOO_LONG),
        refused("bad request", "GET /a HTTP/1.1\r\n\r\n", EndReason.HOST_MISSING),
        refused("bad method", "TRACE / HTTP/1.1\r\nHost: h\r\n\r\n", EndReason.TRACE),
        refused(
            "bad expectation",
            "GET / HTTP/1.1\r\nHost: h\r\nExpect: x\r\n\r\n",
            EndReason.EXPECTATION),
        refused("no rule", "GET /elsewhere HTTP/1.1\r\nHost: h\r\n\r\n", EndReason.NO_RULE),
        way(
            "a header that cannot be passed on",
            List.of(GOOD),
            "GET / HTTP/1.1\r\nHost: h\r\n: x\r\n\r\n",
            400,
            EndReason.HEADER_FORM,
            "FIRST t0 ABANDONED",
            text(EndReason.HEADER_FORM).length()),
        failed("no target", List.of(), EndReason.NO_TARGET, ""),
        failed(
            "target hangs up",
            List.of(hangingUp("")),
            EndReason.CONNECTION_CLOSED,
            "FIRST t0 FAILED"),
        failed(
            "answer makes no sense",
            List.of(answering("HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n")),
            EndReason.ANSWER_STATUS,
            "FIRST t0 FAILED"),
        failed(
            "target breaks off before the client has the head",
            List.of(hangingUp("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")),
            EndReason.ANSWER_BROKE_OFF,
            "FIRST t0 FAILED"),
        way(
            "target breaks off before the client has the head, another answers",
            List.of(hangingUp("HTTP/1.1 201 Created\r\nContent-Length: 10\r\n\r\nabc"), GOOD),
            GET,
            200,
            null,
            "FIRST t0 FAILED, RETRY t1 ANSWERED",
            2),
        way(
            "target breaks off after the client has the head",
            List.of(hangingUp(CHUNK)),
            GET,
            200,
            EndReason.ANSWER_BROKE_OFF,
            "FIRST t0 ANSWERED",
            3),
        way(
            "more trailers than allowed",
            List.of(answering(CHUNK + "0\r\n" + "X: a\r\n".repeat(101) + "\r\n")),
            GET,
            200,
            EndReason.ANSWER_HEADERS,
            "FIRST t0 ANSWERED",
            3),
        way(
            "more headers than allowed in a consent to another protocol",
            List.of(
                answering("HTTP/1.1 101 Yes\r\nUpgrade: x\r\n" + "X: a\r\n".repeat(100) + "\r\n")),
            "GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
            502,
            EndReason.ANSWER_HEADERS,
            "FIRST t0 ANSWERED",
            text(EndReason.ANSWER_HEADERS).length()),
        failed("idle timeout", List.of(SILENT), EndReason.ANSWER_TIMEOUT, "FIRST t0 FAILED"),
        new Way(
            "client leaves before the head",
            List.of(SILENT),
            it -> {
              it.send(GET).timeout(1000);
              it.isEnded();
              it.reset();
            },
            0,
            EndReason.CLIENT_LEFT,
            "FIRST t0 ABANDONED",
            0,
            0),
        new Way(
            "client leaves after the head",
            List.of(
                connection -> {
                  connection.readHead();
                  connection.send(CHUNK);
                  connection.readToEnd();
                }),
            it -> {
              it.send(GET).readUntil("abc");
              it.reset();
            },
            200,
            EndReason.CLIENT_LEFT,
            "FIRST t0 ANSWERED",
            0,
            3),
        new Way(
            "client breaks off its body",
            List.of(SILENT),
            it -> {
              it.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc").timeout(1000);
              it.isEnded();
              it.close();
            },
            0,
            EndReason.CLIENT_LEFT,
            "FIRST t0 ABANDONED",
            3,
            0),
        way(
            "retry succeeds",
            List.of(hangingUp(""), GOOD),
            GET,
            200,
            null,
            "FIRST t0 FAILED, RETRY t1 ANSWERED",
            2),
        failed(
            "retry fails",
            List.of(hangingUp(""), hangingUp("nonsense\r\n\r\n")),
            EndReason.ANSWER_PROTOCOL,
            "FIRST t0 FAILED, RETRY t1 FAILED"));
  }

  @ParameterizedTest
  @MethodSource("ways")
  void aRequestHasOneEnd(Way way) throws Exception {
    List<RawTarget> targets = new ArrayList<>();
    for (Script script : way.targets) {
      targets.add(new RawTarget(script));
    }
    try (TestProxy proxy = TestProxy.before("", targets)) {
      try (RawClient client = proxy.client()) {
        way.client.run(client);
        RequestEnd end = proxy.assertNextEnd(way.attempts, way.status, way.reason);
        assertEquals(way.bytesIn, end.bytesIn(), "bytes in");
        assertEquals(way.bytesOut, end.bytesOut(), "bytes out");
        boolean grouped =
            way.reason == null
                || way.reason.kind() != EndReason.Kind.REFUSED
                || !way.attempts.isEmpty();
        assertEquals(grouped ? "group" : null, end.group());
      }
      proxy.assertNoMoreEnds();
    } finally {
      for (RawTarget target : targets) {
        target.close();
      }
    }
  }

  @Test
  void itSaysWhatWasAskedFor() throws Exception {
    try (RawTarget target = new RawTarget(GOOD);
        TestProxy proxy = TestProxy.before("", List.of(target));
        RawClient client = proxy.client()) {
      client.send("DELETE /a%20b?c=d HTTP/1.1\r\nHost: h\r\n\r\n").read();
      RequestEnd end = proxy.nextEnd();
      assertEquals("DELETE", end.method().name());
      assertEquals("/a%20b?c=d", end.uri());
      assertEquals("/a%20b", end.path());
      assertEquals("group", end.group());
    }
  }

  @Test
  void aTargetThatRefusesTheConnection() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    try (TestProxy proxy = TestProxy.beforePorts("", List.of(port));
        RawClient client = proxy.client()) {
      client.send(GET).read();
      RequestEnd end =
          proxy.assertNextEnd("FIRST t0 NOT_CONNECTED", 502, EndReason.CONNECT_REFUSED);
      assertEquals(RequestEnd.NEVER, end.attempts().get(0).connectedNanos());
    }
  }
}
