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
        "application/json | true",
        "Application/JSON; charset=utf-8 | true",
        "application/json, text/plain, */* | true",
        "text/plain;q=0.5, application/json | true",
        "application/problem+json | true",
        "application/* | true",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8 | false",
        "text/html, application/json | false",
        "application/json;q=0.5, text/html | false",
        "application/json;q=0 | false",
        "application/json;q=x | false",
        "*/* | false",
        "text/json | false",
        "'' | false",
        ",;,q=,;;q=1 | false"
      })
  void jsonIsForThoseWhoPreferIt(String accept, boolean json) {
    assertEquals(json, OwnBody.prefersJson(List.of(accept)));
  }

  @Test
  void severalHeadersAreOneList() {
    assertEquals(false, OwnBody.prefersJson(List.of()));
    assertEquals(true, OwnBody.prefersJson(List.of("text/html;q=0.1", "application/json")));
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
