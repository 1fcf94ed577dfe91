package dev.leadline.balancer.proxy;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.leadline.balancer.LoggedExceptions;
import dev.leadline.balancer.RawClient;
import dev.leadline.balancer.RawTarget;
import dev.leadline.balancer.TestBalancer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/**
 * What a target may do at every stage of an answer: what the client receives then, and how the
 * target is judged. All rows run at the same time, each with a target of its own.
 */
class TargetBehaviourTest {

  /** What the target does behind the bytes it sends. */
  private enum Then {
    CLOSE,
    RESET,
    SILENCE
  }

  /**
   * A row.
   *
   * @param sends what the target sends
   * @param status of what the client gets
   * @param says the body of the client's answer, or the reason in it; null: the client sees its
   *     answer break off
   * @param failed whether the target is to blame
   */
  private record Row(String sends, Then then, int status, @Nullable String says, boolean failed) {}

  private static Row bad(String sends, Then then, String reason) {
    return new Row(sends, then, reason.contains("in time") ? 504 : 502, reason, true);
  }

  private static Row brokenOff(String sends, Then then) {
    return new Row(sends, then, 200, null, true);
  }

  private static Row good(String sends, Then then, String body) {
    return new Row(sends, then, 200, body, false);
  }

  private static final String OK = "HTTP/1.1 200 OK\r\n";
  private static final String CHUNKED = OK + "Transfer-Encoding: chunked\r\n\r\n";
  private static final String SILENT = "the target did not answer in time";
  private static final String CLOSED = "the target closed the connection";
  private static final String IN_HEAD = "the target broke off in the head of its answer";
  private static final String IN_BODY = "the target broke off in the middle of its answer";
  private static final String LENGTHS = "the target answered with two lengths for one body";
  private static final String PROTOCOL = "the target does not speak HTTP/1.1";
  private static final String HEADER = "the target answered with a malformed header";

  private static final List<Row> ROWS =
      List.of(
          // Before the head, and in it.
          bad("", Then.CLOSE, CLOSED),
          bad("", Then.RESET, CLOSED),
          bad("", Then.SILENCE, SILENT),
          bad("HTT", Then.CLOSE, IN_HEAD),
          bad(OK + "X: a", Then.CLOSE, IN_HEAD),
          bad(OK + "X: a\r\n", Then.RESET, IN_HEAD),
          bad(OK + "X: a\r\n", Then.SILENCE, SILENT),
          // After the head, in the body, in the trailers.
          bad(OK + "Content-Length: 9\r\n\r\n", Then.CLOSE, IN_BODY),
          bad(OK + "Content-Length: 9\r\n\r\nhalf", Then.RESET, IN_BODY),
          bad(OK + "Content-Length: 9\r\n\r\nhalf", Then.SILENCE, SILENT),
          brokenOff(OK + "Content-Length: 99999\r\n\r\nhalf", Then.CLOSE),
          brokenOff(OK + "Content-Length: 99999\r\n\r\nhalf", Then.SILENCE),
          brokenOff(CHUNKED, Then.CLOSE),
          brokenOff(CHUNKED + "5\r\nhel", Then.CLOSE),
          brokenOff(CHUNKED + "5\r\nhello\r\n", Then.SILENCE),
          brokenOff(CHUNKED + "5\r\nhello\r\n0\r\n", Then.CLOSE),
          brokenOff(CHUNKED + "5\r\nhello\r\n0\r\nX: a", Then.CLOSE),
          brokenOff(CHUNKED + "5\r\nhello\r\n0\r\nX: a", Then.SILENCE),
          brokenOff(CHUNKED + "5\r\nhello\r\nnonsense\r\n", Then.SILENCE),
          // Before the close that ends the body.
          brokenOff(OK + "\r\nhello", Then.SILENCE),
          good(OK + "\r\nhello", Then.CLOSE, "hello"),
          // After the answer.
          good(OK + "Content-Length: 5\r\n\r\nhello", Then.CLOSE, "hello"),
          good(OK + "Content-Length: 5\r\n\r\nhello", Then.SILENCE, "hello"),
          good(CHUNKED + "5\r\nhello\r\n0\r\nX: a\r\n\r\n", Then.SILENCE, "hello"),
          good(OK + "Content-Length: 5\r\n\r\nhello, and more", Then.SILENCE, "hello"),
          // Interim answers.
          good(
              "HTTP/1.1 100 Continue\r\n\r\n"
                  + "HTTP/1.1 102 Processing\r\n\r\n"
                  + "HTTP/1.1 199 Whatever\r\nContent-Length: 7\r\n\r\n"
                  + OK
                  + "Content-Length: 5\r\n\r\nhello",
              Then.SILENCE,
              "hello"),
          bad("HTTP/1.1 102 Processing\r\n\r\n", Then.CLOSE, IN_HEAD),
          bad(
              "HTTP/1.1 102 Processing\r\n\r\n".repeat(101),
              Then.SILENCE,
              "the target sent more than 100 interim answers"),
          bad(
              "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
              Then.SILENCE,
              "the target answered with a status that makes no sense here"),
          // Answers that must not be read.
          bad(
              "\u0015\u0003\u0001\u0000\u0002\u0002F",
              Then.SILENCE,
              "the target speaks TLS, and plain HTTP was sent to it"),
          bad("220 mail ESMTP\r\n", Then.SILENCE, PROTOCOL),
          bad("SSH-2.0-OpenSSH_9.2\r\n", Then.SILENCE, PROTOCOL),
          bad("{}", Then.SILENCE, PROTOCOL),
          bad("HELO\r\n", Then.SILENCE, HEADER),
          bad(OK + ": a\r\n\r\n", Then.SILENCE, HEADER),
          bad(OK + "Bad Name: a\r\n\r\n", Then.SILENCE, HEADER),
          bad(OK + "Content-Length 9: 5\r\n\r\nhello", Then.SILENCE, HEADER),
          bad(OK + "Content-Length\tX: 5\r\n\r\nhello", Then.SILENCE, HEADER),
          bad(OK + "Bad(Name: a\r\n\r\n", Then.SILENCE, HEADER),
          bad(OK + "Bad\u0001Name: a\r\n\r\n", Then.SILENCE, HEADER),
          bad(OK + "Bad\u00e4Name: a\r\n\r\n", Then.SILENCE, HEADER),
          bad("HTTP/1.1 103 Early Hints\r\nBad Name: a\r\n\r\n", Then.SILENCE, HEADER),
          brokenOff(CHUNKED + "5\r\nhello\r\n0\r\nBad Name: a\r\n\r\n", Then.SILENCE),
          // A proxy removes spaces before the colon of an answer's header (RFC 9112, section 5.1).
          good(OK + "Content-Length \t: 5\r\n\r\nhello", Then.SILENCE, "hello"),
          bad(OK + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", Then.SILENCE, LENGTHS),
          bad(
              OK + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
              Then.SILENCE,
              LENGTHS),
          bad(
              "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
              Then.SILENCE,
              "the target answered in an encoding that is not chunked"),
          // Limits.
          bad(
              OK + "X: " + "a".repeat(33_000) + "\r\n\r\n",
              Then.SILENCE,
              "the head of the target's answer is longer than 32 KB"),
          bad(
              "HTTP/1.1 200 " + "a".repeat(33_000) + "\r\n\r\n",
              Then.SILENCE,
              "the head of the target's answer is longer than 32 KB"),
          good(
              OK + "X: a\r\n".repeat(99) + "Content-Length: 5\r\n\r\nhello", Then.SILENCE, "hello"),
          bad(
              OK + "X: a\r\n".repeat(100) + "Content-Length: 5\r\n\r\nhello",
              Then.SILENCE,
              "the target answered with more headers than limits.headers allows"));

  private static RawTarget target(Row row) throws Exception {
    return new RawTarget(
        connection -> {
          if (!connection.readHead().isEmpty()) {
            connection.send(row.sends);
            switch (row.then) {
              case CLOSE -> connection.finish();
              case RESET -> {
                // Data that arrives together with a reset may be lost on the way.
                connection.readUntilQuiet(500);
                connection.reset();
              }
              case SILENCE -> connection.readToEnd();
            }
          }
        });
  }

  @Test
  void theClientIsToldAndTheTargetJudged() throws Exception {
    StringBuilder yaml = new StringBuilder("timeouts: {idle: 5s}\ntargetGroups:\n");
    StringBuilder rules = new StringBuilder("rules:\n");
    List<RawTarget> targets = new ArrayList<>();
    for (int i = 0; i < ROWS.size(); i++) {
      RawTarget target = target(ROWS.get(i));
      targets.add(target);
      yaml.append("  - {name: g%d, healthCheck: {interval: 1m}, targets: ".formatted(i))
          .append("[{id: t, address: 127.0.0.1, port: %d}]}\n".formatted(target.port()));
      rules.append("  - {paths: [/%d], forward: g%d}\n".formatted(i, i));
    }
    List<Executable> checks = new ArrayList<>();
    try (LoggedExceptions logged = new LoggedExceptions();
        TestBalancer balancer = TestBalancer.start(yaml.append(rules).toString())) {
      List<RawClient> clients = new ArrayList<>();
      for (int i = 0; i < ROWS.size(); i++) {
        clients.add(balancer.client().send("GET /" + i + " HTTP/1.1\r\nHost: a\r\n\r\n"));
      }
      for (int i = 0; i < ROWS.size(); i++) {
        Row row = ROWS.get(i);
        String name = i + ": " + row.sends.substring(0, Math.min(80, row.sends.length()));
        try (RawClient client = clients.get(i)) {
          RawClient.Answer answer = client.read();
          checks.add(() -> check(name, row, answer));
        }
      }
      logged.assertNone();
      JsonArray groups = balancer.status().getJsonArray("targetGroups");
      for (int i = 0; i < ROWS.size(); i++) {
        JsonObject group = groups.getJsonObject(i);
        JsonObject judged = group.getJsonArray("targets").getJsonObject(0);
        String name = i + ": " + ROWS.get(i).sends;
        int failed = ROWS.get(i).failed ? 1 : 0;
        checks.add(() -> assertEquals(failed, judged.getInteger("failed"), name));
        checks.add(() -> assertEquals(1 - failed, judged.getInteger("succeeded"), name));
        checks.add(() -> assertEquals(0, judged.getInteger("requestsInFlight"), name));
      }
    } finally {
      for (RawTarget target : targets) {
        target.close();
      }
    }
    assertAll(checks);
  }

  private static void check(String name, Row row, RawClient.Answer answer) {
    assertEquals(row.status, answer.status(), name + "\n" + answer);
    if (row.says == null) {
      assertFalse(answer.complete(), name + "\n" + answer);
    } else {
      assertEquals(row.says, answer.status() == 200 ? answer.body() : answer.reason(), name);
    }
  }
}
