package dev.leadline.balancer.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.balancer.RawClient;
import dev.leadline.balancer.RawTarget;
import dev.leadline.balancer.observe.EndReason;
import dev.leadline.balancer.observe.MatchedRule;
import dev.leadline.balancer.observe.RequestEnd;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What rules answer themselves, and what the end of a request says of its rule. */
class RuleAnswerTest {

  @Test
  void rulesAnswerAndTheConnectionGoesOn() throws Exception {
    try (TestProxy proxy = TestProxy.before("", List.of());
        RawClient client = proxy.client()) {
      RawClient.Answer fixed = client.get("/fixed?x");
      assertEquals(403, fixed.status());
      assertEquals("closed today", fixed.body());
      assertEquals(Optional.of("text/plain"), fixed.header("content-type"));
      RequestEnd end = proxy.assertNextEnd("", 403, null);
      assertEquals(new MatchedRule(2, "closed", "fixed-response"), end.rule());
      assertNull(end.group());

      client.send("HEAD /fixed HTTP/1.1\r\nHost: a\r\n\r\n");
      assertEquals(403, client.read(false).status());

      RawClient.Answer nothing = client.get("/nothing");
      assertEquals(204, nothing.status());
      assertEquals(Optional.empty(), nothing.header("content-length"));
      assertEquals(Optional.empty(), nothing.header("content-type"));

      RawClient.Answer moved = client.get("/moved/x?y=%20", "old.test:1");
      assertEquals(301, moved.status());
      String location = moved.header("location").orElse("");
      assertTrue(location.matches("http://old\\.test:\\d+/a/moved/x\\?y=%20"), location);
      proxy.nextEnd();
      proxy.nextEnd();
      assertEquals(new MatchedRule(4, "4", "redirect"), proxy.nextEnd().rule());
    }
  }

  /** Its body would be read as the next request. */
  @Test
  void aRequestWithABodyThatNobodyReadsEndsTheConnection() throws Exception {
    try (TestProxy proxy = TestProxy.before("", List.of());
        RawClient client = proxy.client()) {
      client.send("POST /fixed HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n");
      RawClient.Answer answer = client.read();
      assertEquals(403, answer.status());
      assertEquals(Optional.of("close"), answer.header("connection"));
      assertTrue(client.isEnded());
    }
  }

  @Test
  void thePathThatWasSentIsPassedOnAndTheRuleNamed() throws Exception {
    try (RawTarget target =
            new RawTarget(
                connection -> {
                  String line = connection.readHead().lines().findFirst().orElse("");
                  connection.send(
                      "HTTP/1.1 200 OK\r\nContent-Length: " + line.length() + "\r\n\r\n" + line);
                });
        TestProxy proxy = TestProxy.before("", List.of(target));
        RawClient client = proxy.client()) {
      assertEquals("GET //%61/./x;y=1?%7e HTTP/1.1", client.get("//%61/./x;y=1?%7e").body());
      assertEquals(new MatchedRule(1, "1", "forward"), proxy.nextEnd().rule());
    }
  }

  @Test
  void aPathThatMeansTwoThingsIsRefused() throws Exception {
    try (TestProxy proxy = TestProxy.before("", List.of());
        RawClient client = proxy.client()) {
      RawClient.Answer answer = client.get("/a/../fixed");
      assertEquals(400, answer.status());
      assertTrue(answer.body().contains(EndReason.PATH_AMBIGUOUS.text()), answer.body());
      proxy.assertNextEnd("", 400, EndReason.PATH_AMBIGUOUS);
      assertTrue(client.isEnded());
    }
  }
}
