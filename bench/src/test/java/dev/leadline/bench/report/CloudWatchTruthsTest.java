package dev.leadline.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.bench.SampleBuilder;
import dev.leadline.bench.Samples;
import dev.leadline.bench.cloudwatch.CloudWatchReading;
import dev.leadline.bench.cloudwatch.CloudWatchReading.BalancerReading;
import dev.leadline.bench.cloudwatch.CloudWatchReading.Series;
import dev.leadline.bench.cloudwatch.CloudWatchReading.State;
import dev.leadline.bench.cloudwatch.CloudWatchReading.TargetReading;
import dev.leadline.bench.cloudwatch.Metrics;
import dev.leadline.bench.lab.LabDescription.Balancer;
import dev.leadline.bench.plan.Phase;
import dev.leadline.bench.record.Run;
import dev.leadline.bench.record.RunSamples;
import dev.leadline.bench.record.Sample;
import dev.leadline.bench.report.table.Cell;
import dev.leadline.bench.report.table.Table;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What is shown of two balancers, of which one holds requests back. */
final class CloudWatchTruthsTest {
  private static final Instant MINUTE = Instant.parse("2026-03-01T12:00:00Z");
  private final Run run = Samples.run(Samples.lab(), 2);

  private static SortedMap<Instant, Double> at(double value) {
    return new TreeMap<>(Map.of(MINUTE, value));
  }

  private Report report(long albCounted, List<Sample> samples, double creditsAfter) {
    List<BalancerReading> balancers = new ArrayList<>();
    for (Balancer balancer : run.lab().balancers()) {
      boolean alb = balancer.name().equals("alb");
      List<Series> series = new ArrayList<>();
      long counted = alb ? albCounted : 30;
      series.add(new Series(Metrics.REQUEST_COUNT, "Sum", at((double) counted)));
      series.add(new Series(Metrics.RESPONSE_TIME, "p99", at(alb ? 0.8 : 0.4)));
      series.add(new Series(Metrics.HEALTHY_HOSTS, "Minimum", at(2)));
      if (!alb) {
        series.add(new Series(Metrics.PROCESSING_TIME, "p99", at(0.35)));
        series.add(new Series(Metrics.PROCESSING_TIME, "Average", at(0.2)));
        series.add(new Series(Metrics.PROCESSING_TIME, "SampleCount", at(30)));
      }
      long answered =
          samples.stream()
              .filter(s -> s.balancer().equals(balancer.name()) && s.status() != null)
              .count();
      balancers.add(
          new BalancerReading(
              balancer.name(),
              Objects.requireNonNull(balancer.cloudwatch()),
              30,
              answered,
              counted,
              series));
    }
    TreeMap<Instant, Double> credits = new TreeMap<>();
    credits.put(MINUTE.minusSeconds(300), 28.0);
    credits.put(MINUTE.plusSeconds(300), creditsAfter);
    TargetReading target = new TargetReading("i-2", at(50), at(2e6), at(3e6), credits);
    return Report.of(
        run,
        RunSamples.of(samples),
        new CloudWatchReading(
            State.SETTLED,
            "",
            MINUTE,
            MINUTE,
            2,
            balancers,
            List.of(target),
            0,
            List.of("Read in part."),
            List.of()));
  }

  private static List<String> row(Table table, String name) {
    return table.rows().stream()
        .map(row -> row.cells().stream().map(Cell::text).toList())
        .filter(row -> row.get(0).equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no row " + name));
  }

  private List<Sample> samples() {
    return Samples.samples(run, name -> name.equals("alb") ? 900L : 600L);
  }

  /**
   * Fails when the wait in a balancer is in no row, or counts as nothing where nobody measures it.
   */
  @Test
  void whatClientsSawComesFirstAndTheWaitIsARowOfItsOwn() {
    Table table = CloudWatchTable.of(report(30, samples(), 28));
    assertEquals(
        List.of("Latency at the client, p99 of a burst", "910 to 911 ms", "610 to 611 ms"),
        row(table, "Latency at the client, p99 of a burst"));
    assertEquals(
        List.of("RequestProcessingTime, p99 of a minute", "not published", "350 ms"),
        row(table, "RequestProcessingTime, p99 of a minute"));
    assertEquals(
        List.of("RequestProcessingTime, average", "not published", "200 ms"),
        row(table, "RequestProcessingTime, average"));
    assertEquals(
        List.of("TargetResponseTime, p99 of a minute", "800 ms", "400 ms"),
        row(table, "TargetResponseTime, p99 of a minute"));
    List<String> order =
        table.rows().stream()
            .map(row -> row.cells().get(0).text().split(",", -1)[0])
            .distinct()
            .toList();
    assertTrue(
        order.indexOf("Latency at the client") < order.indexOf("RequestProcessingTime")
            && order.indexOf("RequestProcessingTime") < order.indexOf("TargetResponseTime"),
        order.toString());
    assertTrue(table.notes().contains("Read in part."), table.notes().toString());
    assertTrue(
        table
            .notes()
            .contains("Client, balancers and targets counted the same requests, to the last one."),
        table.notes().toString());
  }

  @Test
  void everyDifferenceIsExplained() {
    List<Sample> failing = new ArrayList<>(samples());
    int[] changed = {0};
    failing.replaceAll(
        s ->
            s.balancer().equals("alb") && s.phase() == Phase.MEASURED && changed[0]++ < 3
                ? SampleBuilder.like(s).failed(1, "reset").build()
                : s);
    assertEquals(
        List.of(
            "alb did not count 2 of the 3 requests that got no answer: they did not reach a target."),
        Reconciliation.differences(report(28, failing, 28)));
    assertEquals(
        List.of(
            "alb counted 4 requests fewer than it answered: its figures had not all arrived, or were lost."),
        Reconciliation.differences(report(26, samples(), 28)));
    assertEquals(
        List.of("alb counted 1 requests that this client did not send: somebody else used it."),
        Reconciliation.differences(report(31, samples(), 28)));
  }

  @Test
  void aFrenchReportSaysItInFrench() {
    assertEquals(List.of(), HtmlReportTest.english(report(26, samples(), 1.5)));
  }

  @Test
  void creditsThatRunOutAreADoubt() {
    Optional<ValidityCheck> enough = CpuCredits.check(report(30, samples(), 27));
    assertTrue(enough.isPresent() && enough.get().holds(), enough.toString());
    ValidityCheck few = CpuCredits.check(report(30, samples(), 1.5)).orElseThrow();
    assertTrue(
        !few.holds() && few.answer().contains("2 t2.micro (28.0 before, 1.5 after)"), few.answer());
    assertEquals(
        List.of("2 t2.micro", "50", "50", "2.0", "3.0", "28.0", "1.5"),
        row(CloudWatchTargetTable.of(report(30, samples(), 1.5)), "2 t2.micro"));
  }
}
