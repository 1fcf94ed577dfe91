package dev.leadline.balancer.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What targets say of their load, in a header that anything may stand in. */
class LoadReportsTest {

  private final LoadReports reports = new LoadReports(Optional.of("in.flight"));
  private final MultiMap headers = HttpHeaders.headers();

  private double said(String report) {
    headers.add("Endpoint-Load-Metrics", report).add("content-type", "text/plain");
    double said = reports.take(headers);
    assertEquals(1, headers.size(), "only what is for the client is left");
    headers.clear();
    return said;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "TEXT named_metrics.in.flight=4 | 4",
        "TEXT cpu_utilization=0.3, named_metrics.in.flight=4.5,named_metrics.x=9 | 4.5",
        "named_metrics.in.flight : 0 | 0",
        "TEXT named_metrics.in.flight:1e3 | 1000",
        "JSON {\"cpu_utilization\": 0.3, \"named_metrics\": {\"in.flight\": 7, \"x\": 1}} | 7",
      })
  void theNamedMetricIsRead(String report, double inFlight) {
    assertEquals(inFlight, said(report));
    assertEquals(1, reports.used());
    assertEquals(0, reports.unusable());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "''",
        "TEXT",
        "TEXT cpu_utilization=0.3",
        "TEXT named_metrics.in.flight",
        "TEXT named_metrics.in.flight=",
        "TEXT named_metrics.in.flight=many",
        "TEXT named_metrics.in.flight=-1",
        "TEXT named_metrics.in.flight=NaN",
        "TEXT named_metrics.in.flight=Infinity",
        "TEXT named_metrics.in.flight=1000001",
        "TEXT named_metrics.in.flight=1,named_metrics.in.flight=2",
        "TEXT in.flight=1",
        "JSON",
        "JSON {",
        "JSON []",
        "JSON {\"named_metrics\": 5}",
        "JSON {\"named_metrics\": {\"in.flight\": \"7\"}}",
        "BIN QQAAAAAAAAAA",
      })
  void whatCannotBeReadIsCountedAndNothingElse(String report) {
    assertTrue(Double.isNaN(said(report)));
    assertEquals(0, reports.used());
    assertEquals(1, reports.unusable());
  }

  /** Catches work without end for each answer. */
  @Test
  void aReportHasLimits() {
    String metric = "named_metrics.in.flight=4";
    assertEquals(4, said(metric + ",a=1".repeat(63)));
    assertTrue(Double.isNaN(said(metric + ",a=1".repeat(64))), "metrics");
    assertEquals(4, said(metric + " ".repeat(2000)));
    assertTrue(Double.isNaN(said(metric + " ".repeat(2048))), "characters");
    assertTrue(
        Double.isNaN(said("JSON " + "{\"a\":".repeat(400))), "what is in one another is no stack");
    headers.add("endpoint-load-metrics", metric).add("endpoint-load-metrics", metric);
    assertTrue(Double.isNaN(reports.take(headers)), "two reports");
  }

  @Test
  void theBinaryFormIsRemovedAndNotRead() {
    headers.add("endpoint-load-metrics-bin", "QQAAAAAAAAAA");
    assertTrue(Double.isNaN(reports.take(headers)));
    assertTrue(headers.isEmpty());
    assertEquals(1, reports.unusable());
  }

  /** A client may have asked for itself: then the report is for it. */
  @Test
  void withoutTheOptionNothingIsAskedReadOrRemoved() {
    reports.use(Optional.empty());
    headers.add("endpoint-load-metrics", "named_metrics.in.flight=4");
    assertTrue(Double.isNaN(reports.take(headers)));
    reports.ask(headers);
    assertEquals(1, headers.size());
    reports.use(Optional.of("in.flight"));
    reports.ask(headers);
    assertEquals("TEXT", headers.get("endpoint-load-metrics-format"));
    assertEquals(4, reports.take(headers));
  }
}
