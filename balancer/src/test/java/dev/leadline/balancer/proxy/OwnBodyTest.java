package dev.leadline.balancer.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.leadline.balancer.RawClient;
import dev.leadline.balancer.TestBalancer;
import dev.leadline.balancer.observe.EndReason;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OwnBodyTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | false",
        "*/* | false",
        "application/json | false",
        "Application/JSON; charset=utf-8 | false",
        "application/json, text/plain, */* | false",
        "text/plain;q=0.5, application/json | false",
        "application/problem+json | false",
        "image/avif,image/webp,*/*;q=0.8 | false",
        ",;,q=,;;q=1 | false",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8 | true",
        "text/html, application/json | true",
        "application/json;q=0.5, text/plain | true",
        "application/json;q=0, */* | true",
        "application/json;q=x | true",
      })
  void textIsForThoseWhoPreferIt(String accept, boolean text) {
    assertEquals(text, OwnBody.prefersText(List.of(accept)));
  }

  @Test
  void severalHeadersAreOneList() {
    assertEquals(false, OwnBody.prefersText(List.of()));
    assertEquals(true, OwnBody.prefersText(List.of("application/json;q=0.1", "text/html")));
  }

  /** Catches a client that calls .json() on whatever comes, and meets text. */
  @Test
  void aClientThatAsksForNothingGetsJson() throws Exception {
    try (TestBalancer balancer = TestBalancer.before();
        RawClient client = balancer.client()) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n");
      RawClient.Answer answer = client.read();
      assertEquals(Optional.of("application/json"), answer.header("content-type"));
      assertEquals("no_target", new JsonObject(answer.body()).getString("code"));
      client.send("GET / HTTP/1.1\r\nHost: a\r\nAccept: text/html,*/*;q=0.8\r\n\r\n");
      assertEquals(
          "503 Service Unavailable: no target is registered for this path\n", client.read().body());
    }
  }

  /** Whatever has a status of our own has its reason in the body, in JSON, and in a counter. */
  @Test
  void everyReasonIsCountedAndToldInJson() throws Exception {
    try (TestBalancer balancer = TestBalancer.before();
        RawClient client = balancer.client()) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\nAccept: application/json\r\n\r\n");
      RawClient.Answer answer = client.read();
      assertEquals(503, answer.status());
      assertEquals(Optional.of("application/json"), answer.header("content-type"));
      assertEquals(
          new JsonObject()
              .put("status", 503)
              .put("error", "Service Unavailable")
              .put("code", "no_target")
              .put("reason", EndReason.NO_TARGET.text()),
          new JsonObject(answer.body()));
      balancer.send("GET / HTTP/1.1\r\n\r\n");
      balancer.send("GET / HTTP/1.1\r\n\r\n");
      assertEquals(1, balancer.metric("leadline_unserved_requests_total{reason=\"no_target\"}"));
      assertEquals(2, balancer.metric("leadline_unserved_requests_total{reason=\"host_missing\"}"));
      assertEquals(0, balancer.metric("leadline_unserved_requests_total{reason=\"trace\"}"));
      assertEquals(2, balancer.status().getJsonObject("unserved").getInteger("host_missing"));
    }
  }
}
