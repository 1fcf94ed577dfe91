package dev.leadline.balancer.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.http.HttpMethod;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReasonLogTest {

  private final List<String> lines = new ArrayList<>();
  private long millis = 1;
  private final ReasonLog log =
      new ReasonLog(() -> millis * 1_000_000, (level, line) -> lines.add(level + " " + line));

  private static RequestEnd refused(EndReason reason, String uri) {
    return new RequestEnd(
        0,
        null,
        HttpMethod.GET,
        uri,
        null,
        null,
        List.of(),
        reason.status(),
        reason,
        0,
        0,
        0,
        0,
        null,
        null);
  }

  @Test
  void aReasonHasOneLineASecondAndTheRestIsCounted() {
    for (int i = 0; i < 50; i++) {
      log.ended(refused(EndReason.HOST_MISSING, "/"));
    }
    log.ended(TestEnds.notConnected());
    log.tick();
    assertEquals(
        List.of(
            "INFO a request refused with 400 host_missing: Host is missing (GET /)",
            "WARNING a request failed with 502 connect_refused: the target refused the connection"
                + " (GET /, target t of group group)"),
        lines);
    lines.clear();
    millis += 1_000;
    log.tick();
    log.ended(refused(EndReason.HOST_MISSING, "/"));
    assertEquals(
        List.of("INFO 49 more requests refused with 400 host_missing: Host is missing"), lines);
    lines.clear();
    millis += 1_000;
    log.ended(refused(EndReason.HOST_MISSING, "/"));
    assertEquals(2, lines.size(), lines.toString());
  }

  /** Catches a client that writes lines of its own into the log, or very long ones. */
  @Test
  void whatAClientSentCannotLookLikeALine() {
    log.ended(refused(EndReason.PATH_CHARACTER, "/a\nb" + "c".repeat(16_000)));
    assertEquals(1, lines.size());
    assertEquals(-1, lines.get(0).indexOf('\n'));
    assertEquals(true, lines.get(0).length() < 300, lines.get(0));
  }

  @Test
  void aClientThatLeftIsNotWorthALine() {
    log.ended(refused(EndReason.CLIENT_LEFT, "/"));
    log.ended(TestEnds.answered(500, 1));
    assertEquals(List.of(), lines);
  }
}
