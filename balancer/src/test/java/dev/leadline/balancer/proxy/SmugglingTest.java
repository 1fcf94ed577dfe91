package dev.leadline.balancer.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.balancer.RawClient;
import dev.leadline.balancer.RawTarget;
import dev.leadline.balancer.TestBalancer;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Requests that balancer and target might read differently are refused, and nothing of them
 * arrives.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SmugglingTest {

  private static final String SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

  private final RawTarget target;
  private final TestBalancer balancer;

  SmugglingTest() throws Exception {
    target = new RawTarget(RawTarget.ECHO);
    balancer = TestBalancer.before(target);
  }

  @BeforeAll
  void theTargetIsReachable() throws Exception {
    assertEquals(200, balancer.get("/").status());
    target.nextHead();
  }

  @AfterAll
  void close() throws Exception {
    balancer.close();
    target.close();
  }

  static Stream<Arguments> vectors() {
    return Stream.of(
        post("two lengths", "Content-Length: 5\r\nContent-Length: 6\r\n", 400),
        post("a list of lengths", "Content-Length: 5, 6\r\n", 400),
        post("a signed length", "Content-Length: +5\r\n", 400),
        post("a negative length", "Content-Length: -5\r\n", 400),
        post("a hexadecimal length", "Content-Length: 0x5\r\n", 400),
        post("length and chunked", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", 400),
        post("chunked and length", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", 400),
        post("an unknown coding", "Transfer-Encoding: xchunked\r\n", 400),
        post("identity", "Transfer-Encoding: identity\r\n", 400),
        post("chunked, identity", "Transfer-Encoding: chunked, identity\r\n", 400),
        post("gzip, chunked", "Transfer-Encoding: gzip, chunked\r\n", 400),
        post("chunked twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 400),
        post("chunked and gzip", "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n", 400),
        post("an empty coding", "Transfer-Encoding: \r\n", 400),
        post("a quoted coding", "Transfer-Encoding: \"chunked\"\r\n", 400),
        post("a vertical tab in the coding", "Transfer-Encoding: \u000bchunked\r\n", 400),
        post("space before the colon", "Transfer-Encoding : chunked\r\n", 400),
        post("space in a name", "Transfer Encoding: chunked\r\n", 400),
        post("NUL in a name", "Transfer-\u0000Encoding: chunked\r\n", 400),
        post("NUL in a value", "X: a\u0000b\r\n", 400),
        post("DEL in a value", "X: a\u007fb\r\n", 400),
        post("CR in a value", "X: a\rTransfer-Encoding: chunked\r\n", 400),
        post("a control character in a value", "X: a\u0001b\r\n", 400),
        post("a header without a name", ": a\r\n", 400),
        post("a header without a colon", "abc\r\n", 400),
        post("two hosts", "Host: b\r\n", 400),
        line("no host", "GET / HTTP/1.1\r\n\r\n", 400),
        line("a host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
        line("a host with a user", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400),
        line("a host with a space", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
        line("a host in a list", "GET / HTTP/1.1\r\nHost: a,b\r\n\r\n", 400),
        line("chunked on 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        line("absolute form", "GET http://other/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        line("authority form", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        line("a target that is no path", "GET x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        line("a control character in the path", "GET /\u0001 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        line("DEL in the path", "GET /\u007f HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        line("a byte above 0x7f in the path", "GET /\u00e9 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        line("TRACE", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405),
        line("an unknown expectation", "GET / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n", 417),
        line("HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", 501),
        line("a long request line", "GET /" + "a".repeat(20_000) + " HTTP/1.1\r\n\r\n", 414),
        line(
            "large headers",
            "GET / HTTP/1.1\r\nHost: a\r\nX: " + "a".repeat(70_000) + "\r\n\r\n",
            431),
        line(
            "too many addresses",
            "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: " + "1.1.1.1,".repeat(31) + "1\r\n\r\n",
            463));
  }

  private static Arguments post(String name, String headers, int status) {
    return Arguments.of(name, "POST / HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n", status);
  }

  private static Arguments line(String name, String request, int status) {
    return Arguments.of(name, request, status);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("vectors")
  void isRefused(String name, String request, int status) throws Exception {
    try (RawClient client = balancer.client()) {
      client.send(request + "0\r\n\r\n" + SMUGGLED);
      RawClient.Answer answer = client.read();
      assertEquals(status, answer.status(), answer.head() + answer.body());
      // The connection ends here: what follows on it might be half of something else.
      assertTrue(client.isEnded(), "the connection has to end");
    }
    assertEquals(List.of(), target.unreadHeads());
  }

  /** Line folding and chunk extensions are legal relics; they arrive in their plain form. */
  @Test
  void relicsArriveNormalised() throws Exception {
    try (RawClient client = balancer.client()) {
      client.send("\r\nGET /folded HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n");
      assertEquals(200, client.read().status());
      String head = target.nextHead();
      assertTrue(head.contains("\r\nX: 1 2\r\n"), head);
    }
  }
}
