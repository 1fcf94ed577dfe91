package dev.leadline.balancer.cloudwatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.balancer.cloudwatch.Window.GroupFigures;
import dev.leadline.balancer.observe.GroupMeter;
import dev.leadline.balancer.observe.GroupSnapshot;
import dev.leadline.balancer.observe.Metrics;
import dev.leadline.balancer.observe.TestEnds;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.cloudwatch.model.MetricDatum;
import software.amazon.awssdk.services.cloudwatch.model.StandardUnit;

class MetricDataTest {

  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final MetricData metricData = new MetricData(Map.of("Balancer", "i-1"));

  private static GroupFigures figures(GroupMeter meter, GroupSnapshot before) {
    return new GroupFigures(before, group(before.name(), meter), meter.takeTimes());
  }

  private static GroupSnapshot group(String name, GroupMeter meter) {
    return TestEnds.group(name, meter, 3, 1);
  }

  private static Window window(Instant start, GroupFigures figures) {
    return new Window(start, null, TestEnds.balancer(7, 40, 0, figures.now()), List.of(figures));
  }

  /** Name and dimensions, and the value or the sum of all values. */
  private static Map<String, Double> sums(List<MetricDatum> data) {
    Map<String, Double> sums = new TreeMap<>();
    for (MetricDatum datum : data) {
      StringBuilder name = new StringBuilder(datum.metricName());
      datum
          .dimensions()
          .forEach(d -> name.append(' ').append(d.name()).append('=').append(d.value()));
      double sum = datum.hasValues() ? 0 : datum.value();
      for (int i = 0; i < datum.values().size(); i++) {
        sum += datum.counts().get(i);
      }
      sums.merge(name.toString(), sum, Double::sum);
    }
    return sums;
  }

  @Test
  void aWindowBecomesOneSetForTheBalancerAndOneForEachGroup() {
    GroupMeter a = new GroupMeter();
    GroupMeter b = new GroupMeter();
    a.ended(TestEnds.notConnected()); // before the window
    GroupSnapshot beforeA = group("a", a);
    GroupSnapshot beforeB = group("b", b);
    for (int i = 0; i < 5; i++) {
      a.ended(TestEnds.answered(200 + 100 * (i % 4), 10_000_000L * (i + 1)));
    }
    b.ended(TestEnds.notConnected());
    Window window =
        new Window(
            START,
            TestEnds.balancer(9, 100, 1_000),
            TestEnds.balancer(7, 140, 51_000, group("a", a), group("b", b)),
            List.of(figures(a, beforeA), figures(b, beforeB)));
    List<MetricDatum> data = metricData.of(window);
    Map<String, Double> expected = new TreeMap<>();
    for (String set : List.of("Balancer=i-1", "Balancer=i-1 TargetGroup=a")) {
      expected.put("HTTPCode_Target_2XX_Count " + set, 2.0);
      expected.put("HTTPCode_Target_3XX_Count " + set, 1.0);
      expected.put("HTTPCode_Target_4XX_Count " + set, 1.0);
      expected.put("HTTPCode_Target_5XX_Count " + set, 1.0);
      expected.put("TargetResponseTime " + set, 5.0);
      expected.put("RequestProcessingTime " + set, 5.0);
    }
    for (String set : List.of("Balancer=i-1", "Balancer=i-1 TargetGroup=b")) {
      expected.put("HTTPCode_ELB_5XX_Count " + set, 1.0);
      expected.put("TargetConnectionErrorCount " + set, 1.0);
    }
    for (String group : List.of("a", "b")) {
      expected.put("HealthyHostCount Balancer=i-1 TargetGroup=" + group, 3.0);
      expected.put("UnHealthyHostCount Balancer=i-1 TargetGroup=" + group, 1.0);
    }
    // The groups have the same targets: the balancer has each of them once.
    expected.put("HealthyHostCount Balancer=i-1", 3.0);
    expected.put("UnHealthyHostCount Balancer=i-1", 1.0);
    expected.put("RequestCount Balancer=i-1", 6.0);
    expected.put("RequestCount Balancer=i-1 TargetGroup=a", 5.0);
    expected.put("RequestCount Balancer=i-1 TargetGroup=b", 1.0);
    // Clients' connections, and two to each of four targets in both groups.
    expected.put("ActiveConnectionCount Balancer=i-1", 7.0 + 2 * 4 * 2);
    expected.put("NewConnectionCount Balancer=i-1", 40.0);
    expected.put("ProcessedBytes Balancer=i-1", 50_000.0);
    expected.put("RequestCountPerTarget Balancer=i-1 TargetGroup=a", 5.0 / 3);
    expected.put("RequestCountPerTarget Balancer=i-1 TargetGroup=b", 1.0 / 3);
    assertEquals(expected, sums(data));
    Set<String> catalogue =
        new TreeSet<>(
            Set.of(Metrics.RESPONSE_TIME, Metrics.PROCESSING_TIME, Metrics.REQUESTS_PER_TARGET));
    Metrics.BALANCER.metrics().forEach(it -> it.names().cloudWatch().ifPresent(catalogue::add));
    Metrics.GROUP.metrics().forEach(it -> it.names().cloudWatch().ifPresent(catalogue::add));
    assertTrue(data.stream().map(MetricDatum::metricName).allMatch(catalogue::contains));
    assertTrue(data.stream().allMatch(datum -> datum.timestamp().equals(START)));
  }

  /**
   * Catches open connections counted once for every window, where people read the sum of a minute.
   */
  @Test
  void openConnectionsArePublishedOnceAMinute() {
    GroupMeter meter = new GroupMeter();
    GroupSnapshot before = group("a", meter);
    List<Integer> seconds = List.of(7, 15, 30, 45, 60, 75);
    List<Integer> published =
        seconds.stream()
            .filter(
                it ->
                    sums(metricData.of(window(START.plusSeconds(it), figures(meter, before))))
                        .containsKey("ActiveConnectionCount Balancer=i-1"))
            .toList();
    assertEquals(List.of(7, 60), published);
  }

  /** The wait before a request is sent is no part of the response time, but a figure of its own. */
  @Test
  void theWaitForATargetIsAFigureOfItsOwn() {
    GroupMeter meter = new GroupMeter();
    GroupSnapshot before = group("a", meter);
    meter.ended(TestEnds.answeredAfterWaiting(300_000_000L, 200_000_000L));
    Map<String, Double> seconds = new TreeMap<>();
    for (MetricDatum datum : metricData.of(window(START, figures(meter, before)))) {
      if (datum.hasValues() && datum.dimensions().size() == 1) {
        seconds.put(datum.metricName(), datum.values().get(0));
      }
    }
    assertEquals(0.3, seconds.getOrDefault("RequestProcessingTime", 0.0), 0.003);
    assertEquals(0.2, seconds.getOrDefault("TargetResponseTime", 0.0), 0.002);
  }

  /** Values are seconds, and right to 1%. */
  @Test
  void responseTimesAreSeconds() {
    GroupMeter meter = new GroupMeter();
    GroupSnapshot before = group("a", meter);
    meter.ended(TestEnds.answered(200, 1_234_567_000L));
    MetricDatum datum =
        metricData.of(window(START, figures(meter, before))).stream()
            .filter(d -> d.metricName().equals("TargetResponseTime"))
            .findFirst()
            .orElseThrow();
    assertEquals(StandardUnit.SECONDS, datum.unit());
    assertEquals(List.of(1.0), datum.counts());
    assertEquals(1.234567, datum.values().get(0), 0.0124);
  }

  /**
   * CloudWatch takes 150 distinct values in a datum: more of them need more data, and none is lost.
   */
  @Test
  void manyDistinctValuesAreSplit() {
    GroupMeter meter = new GroupMeter();
    GroupSnapshot before = group("a", meter);
    for (int i = 1; i <= 1000; i++) {
      meter.ended(TestEnds.answered(200, i * 2_500_000L));
    }
    List<MetricDatum> times =
        metricData.of(window(START, figures(meter, before))).stream()
            .filter(d -> d.metricName().equals("TargetResponseTime") && d.dimensions().size() == 1)
            .toList();
    assertTrue(times.size() > 1);
    assertTrue(times.stream().allMatch(d -> d.values().size() <= 150));
    assertEquals(1000, times.stream().flatMap(d -> d.counts().stream()).mapToDouble(c -> c).sum());
  }
}
