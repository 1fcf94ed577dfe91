package dev.leadline.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.leadline.bench.Samples;
import dev.leadline.bench.cloudwatch.CloudWatchReading;
import dev.leadline.bench.cloudwatch.CloudWatchReading.BalancerReading;
import dev.leadline.bench.cloudwatch.CloudWatchReading.Series;
import dev.leadline.bench.cloudwatch.CloudWatchReading.State;
import dev.leadline.bench.cloudwatch.CloudWatchReading.TargetReading;
import dev.leadline.bench.cloudwatch.Metrics;
import dev.leadline.bench.json.Json;
import dev.leadline.bench.lab.LabDescription.MetricScope;
import dev.leadline.bench.record.FarView;
import dev.leadline.bench.record.ResultsDirectory;
import dev.leadline.bench.record.Run;
import dev.leadline.bench.record.RunSamples;
import dev.leadline.bench.title.TitlePage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files that other programs read. */
final class ReportFilesTest {
  private static final Path SCHEMA = Path.of("../docs/report.schema.json");

  @TempDir private Path directory = Path.of(".");

  private ResultsDirectory written() throws IOException {
    Run run = Samples.run(Samples.lab(), 5);
    TreeMap<java.time.Instant, Double> points = new TreeMap<>(Map.of(Samples.START, 1.5));
    CloudWatchReading reading =
        new CloudWatchReading(
            State.SETTLED,
            "Settled.",
            Samples.START,
            Samples.START,
            2,
            List.of(
                new BalancerReading(
                    "alb",
                    new MetricScope("N", Map.of("D", "v")),
                    1,
                    1,
                    1,
                    List.of(new Series(Metrics.REQUEST_COUNT, "Sum", points)))),
            List.of(new TargetReading("i-1", points, points, points, points)));
    ResultsDirectory results = new ResultsDirectory(directory);
    ReportFiles.write(
        Report.of(run, RunSamples.of(Samples.samples(run, name -> 100L)), reading)
            .beside(List.of(new FarView("/p", "alb", 1, 2, 3))),
        TitlePage.NONE,
        results);
    return results;
  }

  private static void allowNothingElse(JsonNode schema) {
    if (schema instanceof ObjectNode object
        && object.has("properties")
        && object.path("properties").path("properties").isMissingNode()) {
      object.put("additionalProperties", false);
    }
    schema.forEach(ReportFilesTest::allowNothingElse);
  }

  /** A key that the schema does not describe is not published: it must be added there. */
  @Test
  void reportJsonIsAsItsSchemaDescribesIt() throws IOException {
    JsonNode strict = Json.MAPPER.readTree(Files.readString(SCHEMA));
    allowNothingElse(strict);
    Schema schema =
        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_7)
            .getSchema(strict.toString(), InputFormat.JSON);

    assertEquals(
        "[]",
        schema.validate(Files.readString(written().reportJson()), InputFormat.JSON).toString());
  }

  /** The JVM returns a class's methods in another order in another run: keys must not follow it. */
  @Test
  void theKeysOfReportJsonHaveOneOrder() throws IOException {
    JsonNode report = Json.MAPPER.readTree(written().reportJson().toFile());

    assertEquals(
        List.of("findings", "run", "figures", "uplink", "cloudWatch", "rounds"), keys(report));
    assertEquals(
        List.of(
            "burst",
            "requests",
            "failed",
            "latency",
            "totalNanos",
            "durationNanos",
            "sendingNanos",
            "maxSkewNanos",
            "answeredPerSecond",
            "averageNanos"),
        keys(report.at("/figures/bursts/0")));
    assertTrue(
        keys(report.at("/figures/cells/0"))
            .toString()
            .endsWith("rounds, answeredPerSecond, averageNanos, successRate]"));
  }

  private static List<String> keys(JsonNode object) {
    List<String> keys = new ArrayList<>();
    object.fieldNames().forEachRemaining(keys::add);
    return keys;
  }

  @Test
  void everyCellHasAnHdrHistogramLogWithALineForEachRound() throws IOException {
    Path log = written().histograms().resolve("2-p-leadline.hlog");
    List<Histogram> rounds = new ArrayList<>();
    try (HistogramLogReader reader = new HistogramLogReader(log.toFile())) {
      while (reader.hasNext()) {
        rounds.add((Histogram) reader.nextIntervalHistogram());
      }
    }
    assertEquals(
        List.of("round-1", "round-2", "round-3", "round-4", "round-5"),
        rounds.stream().map(Histogram::getTag).toList());
    assertEquals(Samples.REQUESTS, rounds.get(0).getTotalCount());
    assertEquals(110.0, rounds.get(0).getMaxValue() / 1e6, 0.2);
    assertTrue(Files.exists(log.resolveSibling("1-p-alb.hlog")));
  }
}
