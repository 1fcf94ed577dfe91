package dev.leadline.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.leadline.bench.SampleBuilder;
import dev.leadline.bench.Samples;
import dev.leadline.bench.cloudwatch.CloudWatchReading;
import dev.leadline.bench.record.Run;
import dev.leadline.bench.record.RunSamples;
import dev.leadline.bench.record.Sample;
import dev.leadline.bench.report.table.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class FiguresTableTest {
  /** Rounds of ten requests, the last of which ends after 110 ms and some; one has failed. */
  @Test
  void requestsPerSecondAndSuccessCountWhatWasAnswered() {
    Run run = Samples.run(Samples.lab(), 1);
    List<Sample> samples = new ArrayList<>(Samples.samples(run, name -> 100L));
    Sample last = samples.get(samples.size() - 1);
    samples.set(samples.size() - 1, SampleBuilder.like(last).failed(1, "status 500").build());
    Table table =
        FiguresTable.of(
            Report.of(run, RunSamples.of(samples), CloudWatchReading.notAsked("Not asked.")));

    Map<String, List<String>> byBalancer = new TreeMap<>();
    for (Table.Row row : table.rows()) {
      byBalancer.put(
          row.cells().get(1).text(),
          List.of(cell(table, row, "req/s"), cell(table, row, "success")));
    }
    List<String> whole = List.of("90.9", "100%"); // 10 in 110 ms
    List<String> broken = List.of("82.6", "90.0%"); // 9 in 109 ms
    boolean albFailed = last.balancer().equals("alb");
    assertEquals(
        Map.of("alb", albFailed ? broken : whole, "leadline", albFailed ? whole : broken),
        byBalancer);
  }

  private static String cell(Table table, Table.Row row, String header) {
    List<String> headers = table.columns().stream().map(column -> column.header().text()).toList();
    return row.cells().get(headers.indexOf(header)).text();
  }

  @ParameterizedTest
  @CsvSource({
    "10, 10, 100%",
    "9, 10, 90.0%",
    "999, 1000, 99.900%",
    "99999, 100000, 99.999%",
    "999999999, 1000000000, 99.999%",
    "0, 5, 0.0%"
  })
  void onlyAllIsHundredPercent(long part, long whole, String percent) {
    assertEquals(percent, ReportFormat.percent(part, whole));
  }
}
