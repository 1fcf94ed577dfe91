package dev.leadline.balancer.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The dashboard for Grafana asks only for what the balancer publishes, and in a way that fits. */
class GrafanaDashboardTest {

  private static final Path FILE = Path.of("../packaging/grafana/leadline.json");

  /** A metric, and what stands before it and its selector. */
  private static final Pattern SERIES =
      Pattern.compile("([a-z_]+\\()?(leadline_[a-z0-9_]+)(\\{[^}]*\\})?(\\[)?");

  private static final Pattern LABEL = Pattern.compile("([a-z]+)=~?\"([^\"]*)\"");

  private record Published(String type, Set<String> labels, Set<String> labelValues) {}

  private final Map<String, Published> published = new HashMap<>();

  GrafanaDashboardTest() {
    add(Metrics.BALANCER, Set.of());
    add(Metrics.GROUP, Set.of("group"));
    add(Metrics.TARGET, Set.of("group", "target"));
  }

  private void add(MetricLevel<?, ?> level, Set<String> labels) {
    for (Metric<?> metric : level.metrics()) {
      Published series =
          published.computeIfAbsent(
              metric.names().prometheus(),
              name ->
                  new Published(
                      metric.type() == Metric.Type.COUNTER ? "counter" : "gauge",
                      new HashSet<>(labels),
                      new HashSet<>()));
      metric
          .names()
          .label()
          .ifPresent(
              it -> {
                series.labels.add(it.name());
                series.labelValues.add(it.value());
              });
    }
    for (Latency<?> latency : level.latencies()) {
      Set<String> withLimit = new HashSet<>(labels);
      withLimit.add("le");
      for (String suffix : List.of("_bucket", "_sum", "_count")) {
        published.put(latency.prometheus() + suffix, new Published("counter", withLimit, Set.of()));
      }
    }
  }

  private static List<String> queries(JsonObject dashboard) {
    List<String> queries = new ArrayList<>();
    for (Object panel : dashboard.getJsonArray("panels")) {
      JsonArray targets = ((JsonObject) panel).getJsonArray("targets", new JsonArray());
      targets.forEach(it -> queries.add(((JsonObject) it).getString("expr")));
    }
    return queries;
  }

  @Test
  void everyQueryAsksForMetricsThatThereAre() throws Exception {
    JsonObject dashboard = new JsonObject(Files.readString(FILE));
    List<String> queries = queries(dashboard);
    assertTrue(queries.size() > 15, queries.toString());
    for (String query : queries) {
      Matcher series = SERIES.matcher(query);
      int found = 0;
      while (series.find()) {
        found++;
        Published metric = published.get(series.group(2));
        assertNotNull(metric, "no metric " + series.group(2) + " in " + query);
        boolean isRate = "rate(".equals(series.group(1));
        assertEquals(metric.type.equals("counter"), isRate, "rate is for counters: " + query);
        Matcher label = LABEL.matcher(series.group(3) == null ? "" : series.group(3));
        while (label.find()) {
          assertTrue(metric.labels.contains(label.group(1)), label.group() + " in " + query);
          assertTrue(
              label.group(2).startsWith("$") || metric.labelValues.contains(label.group(2)),
              label.group() + " in " + query);
        }
        Matcher by =
            Pattern.compile("by \\(([a-z, ]+)\\) \\((?:rate\\()?$")
                .matcher(query.substring(0, series.start(2)));
        if (by.find()) {
          assertTrue(metric.labels.containsAll(List.of(by.group(1).split(", "))), query);
        }
      }
      assertTrue(found > 0, query);
    }
    for (Object variable : dashboard.getJsonObject("templating").getJsonArray("list")) {
      Matcher series = SERIES.matcher(((JsonObject) variable).getString("query"));
      while (series.find()) {
        assertTrue(published.containsKey(series.group(2)), series.group(2));
      }
    }
  }

  /** Grafana draws panels with the same id, or one on the other, wrongly. */
  @Test
  void panelsHavePlacesOfTheirOwn() throws Exception {
    JsonArray panels = new JsonObject(Files.readString(FILE)).getJsonArray("panels");
    Set<Integer> ids = new HashSet<>();
    Set<String> cells = new HashSet<>();
    for (Object each : panels) {
      JsonObject panel = (JsonObject) each;
      assertTrue(ids.add(panel.getInteger("id")));
      JsonObject place = panel.getJsonObject("gridPos");
      for (int x = 0; x < place.getInteger("w"); x++) {
        for (int y = 0; y < place.getInteger("h"); y++) {
          String cell = (place.getInteger("x") + x) + "," + (place.getInteger("y") + y);
          assertTrue(cells.add(cell), panel.getString("title"));
        }
      }
      assertFalse(panel.getString("title").isEmpty());
    }
  }
}
