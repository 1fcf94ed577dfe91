package dev.leadline.balancer.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.balancer.RawClient;
import dev.leadline.balancer.RawTarget;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The option {@code loadMetric}, from a request to its answer. */
class LoadMetricTest {

  /** Garbage as well: whatever a target says of itself, the client gets its answer. */
  @ParameterizedTest
  @ValueSource(strings = {"TEXT named_metrics.in_flight=1", "JSON {{", "\u00ff=;,"})
  void targetsAreAskedAndTheClientDoesNotSeeWhatTheySay(String report) throws Exception {
    String answer =
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nEndpoint-Load-Metrics: " + report + "\r\n\r\nok";
    try (RawTarget target = RawTarget.answering(answer);
        TestProxy on = TestProxy.before("loadMetric: in_flight", List.of(target));
        TestProxy off = TestProxy.before("", List.of(target))) {
      String request = "GET / HTTP/1.1\r\nHost: a\r\nEndpoint-Load-Metrics-Format: BIN\r\n\r\n";
      for (TestProxy proxy : List.of(on, off)) {
        try (RawClient client = proxy.client()) {
          RawClient.Answer got = client.send(request).read();
          assertEquals(200, got.status());
          assertEquals("ok", got.body());
          assertEquals(proxy == off, lower(got.head()).contains("endpoint-load-metrics"));
          String asked = lower(target.nextHead());
          assertTrue(
              asked.contains("endpoint-load-metrics-format: " + (proxy == on ? "text" : "bin")),
              asked);
          assertFalse(proxy == on && asked.contains("bin\r\n"), asked);
        }
      }
    }
  }

  /** Only what is in the head of the answer is read, and none of it is for the client. */
  @Test
  void theClientDoesNotSeeItInHintsOrTrailersEither() throws Exception {
    String report = "Endpoint-Load-Metrics: named_metrics.in_flight=1\r\n";
    String binary = "endpoint-load-metrics-bin: QQAAAAAAAAAA\r\n";
    String answer =
        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n"
            + (report + binary)
            + "\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 7\r\n"
            + (report + binary)
            + "\r\n";
    try (RawTarget target = RawTarget.answering(answer);
        TestProxy on = TestProxy.before("loadMetric: in_flight", List.of(target));
        TestProxy off = TestProxy.before("", List.of(target))) {
      for (TestProxy proxy : List.of(on, off)) {
        try (RawClient client = proxy.client()) {
          client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
          String all = lower(client.readToEnd());
          assertTrue(all.contains("link: </a>") && all.contains("x-sum: 7"), all);
          assertEquals(proxy == on ? 1 : 5, all.split("endpoint-load-metrics", -1).length, all);
        }
      }
    }
  }

  private static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }
}
