package dev.leadline.balancer.observe;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What is in the catalogue is in Prometheus, in {@code /status} and in the document, and nothing
 * else is. What CloudWatch gets of it is in MetricDataTest.
 */
class MetricsTest {

  private static final Path DOCUMENTS = Path.of("../docs");
  private static final String BEGIN = "<!-- made from Metrics.java by MetricsTest -->\n";

  private static BalancerSnapshot balancer() {
    GroupMeter meter = new GroupMeter();
    meter.ended(TestEnds.answered(200, 2_000_000));
    meter.ended(TestEnds.answered(503, 1_000_000));
    meter.ended(TestEnds.notConnected());
    return TestEnds.balancer(0, 0, 0, TestEnds.group("a\"b", meter, 1, 0));
  }

  private static Stream<Latency<?>> latencies() {
    return Stream.of(Metrics.BALANCER, Metrics.GROUP, Metrics.TARGET)
        .flatMap(level -> level.latencies().stream());
  }

  private static Stream<Metric<?>> all() {
    return Stream.of(Metrics.BALANCER, Metrics.GROUP, Metrics.TARGET)
        .flatMap(level -> level.metrics().stream());
  }

  @Test
  void prometheusHasEveryMetricAndNoOther() {
    String text = PrometheusPage.of(balancer(), null).content().toString();
    Set<String> published =
        text.lines()
            .filter(line -> line.startsWith("# TYPE "))
            .map(line -> line.substring("# TYPE ".length()))
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> expected =
        all()
            .map(
                it ->
                    it.names().prometheus()
                        + (it.type() == Metric.Type.COUNTER ? " counter" : " gauge"))
            .collect(Collectors.toCollection(TreeSet::new));
    latencies().forEach(it -> expected.add(it.prometheus() + " histogram"));
    assertEquals(expected, published);
    assertTrue(text.contains("leadline_requests_total{group=\"a\\\"b\"} 3.0\n"), text);
    assertTrue(text.contains("leadline_connection_errors_total{group=\"a\\\"b\"} 1.0\n"), text);
    assertTrue(
        text.contains("leadline_target_responses_total{class=\"5xx\",group=\"a\\\"b\"} 1.0\n"),
        text);
    assertTrue(
        text.contains("leadline_target_healthy{group=\"a\\\"b\",target=\"t0\"} 1.0\n"), text);
    assertTrue(
        text.contains("# HELP leadline_requests_in_flight Requests that have arrived and have"),
        text);
  }

  /** Times of 1 and 2 ms, each in the bucket whose limits are around it. */
  @Test
  void prometheusHasHistogramsInBothKindsOfBuckets() {
    PrometheusPage.Page text = PrometheusPage.of(balancer(), "text/plain");
    String lines = text.content().toString();
    String series = "leadline_target_first_byte_seconds_%s{group=\"a\\\"b\",target=\"t0\"";
    assertTrue(text.contentType().startsWith("text/plain; version=0.0.4"), text.contentType());
    String group = "leadline_first_byte_seconds_%s{group=\"a\\\"b\"%s} %s\n";
    assertTrue(lines.contains(group.formatted("count", "", "2")), lines);
    assertTrue(lines.contains(group.formatted("bucket", ",le=\"0.001\"", "1")), lines);
    assertTrue(lines.contains(group.formatted("bucket", ",le=\"0.0025\"", "2")), lines);
    assertTrue(lines.contains(group.formatted("sum", "", "0.003")), lines);
    assertTrue(lines.contains(series.formatted("count")), lines);

    PrometheusPage.Page binary =
        PrometheusPage.of(
            balancer(),
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
                + "encoding=delimited;q=0.7,text/plain;version=0.0.4;q=0.3");
    assertTrue(
        binary.contentType().startsWith("application/vnd.google.protobuf"), binary.contentType());
    String read = binary.content().toString(ISO_8859_1);
    assertTrue(read.contains("leadline_request_seconds"), read);
  }

  /** A bucket's limit is in it, and the next time is not. */
  @Test
  void growingBucketsAreThoseOfPrometheus() {
    LatencyCounts.Recorder recorder = new LatencyCounts.Recorder();
    recorder.record(1_000_000_000); // 2^0 s
    recorder.record(1_000_000_001);
    recorder.record(2_000_000_000); // 2^1 s
    recorder.record(30_000); // Below 2^-14 s.
    recorder.record(Duration.ofHours(3).toNanos()); // Beyond the last one.
    LatencyCounts counts = recorder.counts().plus(new LatencyCounts.Recorder().counts());
    assertArrayEquals(new int[] {0, 1, 8, 96}, counts.indexes());
    assertArrayEquals(new long[] {1, 1, 1, 1}, counts.growing());
    assertEquals(1, counts.zeros());
  }

  @Test
  void theStatusHasEveryMetricAndNoOther() {
    JsonObject status = Status.of("1", "nio", 0, balancer());
    check(
        Metrics.BALANCER,
        status,
        Set.of("version", "transport", "uptimeMillis", "loops", "targetGroups"));
    JsonObject group = status.getJsonArray("targetGroups").getJsonObject(0);
    check(
        Metrics.GROUP,
        group,
        Set.of("name", "policy", "policySummary", "discoveryProblem", "targets"));
    check(
        Metrics.TARGET,
        group.getJsonArray("targets").getJsonObject(0),
        Set.of("id", "address", "weight", "health", "unhealthyBecause"));
    assertEquals(3L, group.getValue("requests"));
    assertEquals(1L, group.getValue("targetErrors"));
    assertEquals(false, group.getValue("failOpen"));
  }

  private static void check(MetricLevel<?, ?> level, JsonObject status, Set<String> facts) {
    Set<String> expected = new TreeSet<>(facts);
    level.metrics().forEach(it -> expected.add(it.names().json()));
    assertEquals(expected, keys("", status));
  }

  private static Set<String> keys(String outer, JsonObject status) {
    Set<String> keys = new TreeSet<>();
    for (String key : status.fieldNames()) {
      if (status.getValue(key) instanceof JsonObject within) {
        keys.addAll(keys(outer + key + ".", within));
      } else {
        keys.add(outer + key);
      }
    }
    return keys;
  }

  /** What the page draws every metric of a group from. */
  @Test
  void thePageIsToldOfEveryMetric() {
    JsonArray told = Status.catalogue().getJsonArray("targetGroup");
    assertEquals(Metrics.GROUP.metrics().size(), told.size());
    JsonObject first = told.getJsonObject(0);
    assertEquals("requests", first.getString("key"));
    assertEquals("counter", first.getString("type"));
  }

  @Test
  void namesAreUsedOnce() {
    Stream.of(Metrics.BALANCER, Metrics.GROUP, Metrics.TARGET)
        .forEach(
            level ->
                assertEquals(
                    level.metrics().size(),
                    level.metrics().stream().map(it -> it.names().json()).distinct().count(),
                    level.name()));
    assertEquals(all().count(), all().map(MetricsTest::prometheus).distinct().count());
  }

  /** With {@code -Dwrite=true} it writes the document, as CONTRIBUTING.md says. */
  @Test
  void theDocumentHasEveryMetric() throws Exception {
    Path file = DOCUMENTS.resolve("metrics.md");
    String text = Files.readString(file);
    String made =
        text.substring(0, text.indexOf(BEGIN) + BEGIN.length())
            + table(Metrics.BALANCER)
            + table(Metrics.GROUP)
            + table(Metrics.TARGET);
    if (Boolean.getBoolean("write")) {
      Files.writeString(file, made);
    }
    assertEquals(made, Files.readString(file), "write it as CONTRIBUTING.md says under 'a metric'");
  }

  /** One for each reason: the reasons have a table of their own. */
  private static final String UNSERVED =
      "| `leadline_unserved_requests_total{reason=\"CODE\"}` | `unserved.CODE` |  | counter |  | "
          + "Requests that ended otherwise than with a complete answer of a target or a rule,"
          + " by the [reason](troubleshooting.md). |\n";

  private static String table(MetricLevel<?, ?> level) {
    StringBuilder table = new StringBuilder("\n## Of a " + level.name() + "\n\n");
    if (level == Metrics.BALANCER) {
      table.setLength(0);
      table.append("\n## Of the whole balancer\n\n");
    }
    table.append("| Prometheus | `/status` | CloudWatch | type | unit | meaning |\n");
    table.append("|---|---|---|---|---|---|\n");
    for (Metric<?> it : level.metrics()) {
      if (it.names().json().startsWith("unserved.")) {
        if (table.indexOf(UNSERVED) < 0) {
          table.append(UNSERVED);
        }
        continue;
      }
      table.append(
          "| `%s` | `%s` | %s | %s | %s | %s |\n"
              .formatted(
                  prometheus(it),
                  it.names().json(),
                  it.names().cloudWatch().map(name -> "`" + name + "`").orElse(""),
                  it.type().name().toLowerCase(Locale.ROOT),
                  unit(it),
                  it.help()));
    }
    for (Latency<?> it : level.latencies()) {
      table.append("| `%s` | | | histogram | s | %s |\n".formatted(it.prometheus(), it.help()));
    }
    return table.toString();
  }

  private static String unit(Metric<?> metric) {
    String prometheus = metric.unit().prometheusSign();
    String json = metric.unit().jsonSign();
    return prometheus.equals(json) ? json : prometheus + "; " + json + " in `/status`";
  }

  private static String prometheus(Metric<?> metric) {
    return metric.names().prometheus()
        + metric.names().label().map(it -> "{" + it.name() + "=\"" + it.value() + "\"}").orElse("");
  }

  /** Where a status of the balancer's own comes from can be looked up. */
  @Test
  void everyReasonHasARowAndNoRowHasAnotherReason() throws Exception {
    Pattern row =
        Pattern.compile("^(\\| `\\w+` \\| (?:\\d{3}|none) \\| [^|]+ \\|)(?: [^|]*\\|){2}$");
    List<String> documented =
        Files.readString(DOCUMENTS.resolve("troubleshooting.md"))
            .lines()
            .map(row::matcher)
            .filter(Matcher::matches)
            .map(it -> it.group(1))
            .sorted()
            .toList();
    List<String> reasons =
        Stream.of(EndReason.values())
            .map(
                it ->
                    "| `%s` | %s | %s |"
                        .formatted(it.code(), it.status() == 0 ? "none" : it.status(), it.text()))
            .sorted()
            .toList();
    assertEquals(String.join("\n", reasons), String.join("\n", documented));
  }
}
