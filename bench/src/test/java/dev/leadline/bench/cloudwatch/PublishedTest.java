package dev.leadline.bench.cloudwatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.bench.Samples;
import dev.leadline.bench.cloudwatch.CloudWatchReading.BalancerReading;
import dev.leadline.bench.cloudwatch.CloudWatchReading.State;
import dev.leadline.bench.progress.RecordedProgress;
import dev.leadline.bench.record.Run;
import dev.leadline.bench.record.RunSamples;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Each kind of load balancer is read by its own names, and a run of all of them settles. */
final class PublishedTest {
  private static final Instant MINUTE = Instant.parse("2026-03-01T12:00:00Z");

  /** One warm-up and one round of ten requests, on two paths. */
  private final Run run = Samples.run(Samples.labOfFour(), 1);

  private CloudWatchReading read(long flows) throws InterruptedException {
    ScriptedMetrics source =
        new ScriptedMetrics(
            (queries, from, to) -> {
              Map<MetricStatistic, SortedMap<Instant, Double>> values = new HashMap<>();
              for (MetricStatistic query : queries) {
                Double value =
                    switch (query.scope().namespace()
                        + " "
                        + query.metric()
                        + " "
                        + query.statistic()) {
                      // with the control, which is measured on one path
                      case "AWS/ApplicationELB RequestCount Sum" -> 60.0;
                      case "Leadline RequestCount Sum" -> 40.0;
                      case "AWS/ELB RequestCount Sum" -> 20.0;
                      case "AWS/ELB HTTPCode_Backend_2XX Sum" -> 20.0;
                      case "AWS/ELB Latency Average", "AWS/ELB Latency p99" ->
                          query.scope().dimensions().containsValue("clb-1") ? 0.1 : 0.4;
                      case "AWS/ELB Latency SampleCount" ->
                          query.scope().dimensions().containsValue("clb-1") ? 10.0 : 20.0;
                      case "AWS/ELB HealthyHostCount Minimum",
                          "AWS/NetworkELB HealthyHostCount Minimum" ->
                          2.0;
                      case "AWS/NetworkELB NewFlowCount Sum" -> (double) flows;
                      default -> null;
                    };
                if (value != null && value > 0) {
                  values.put(query, new TreeMap<>(Map.of(MINUTE, value)));
                }
              }
              return values;
            });
    return new SettledMetricsReader(
            source,
            new ManualTime(Samples.START.plusSeconds(20)).minutes(),
            Duration.ofSeconds(2),
            Duration.ofSeconds(45),
            new RecordedProgress())
        .read(run, RunSamples.of(Samples.samples(run, name -> 100L)));
  }

  @Test
  void aRunThroughEveryKindSettlesWithoutTheRequestsOfAnNlb() throws InterruptedException {
    CloudWatchReading reading = read(40);

    assertEquals(State.SETTLED, reading.state(), reading.detail());
    assertTrue(
        reading.detail().contains("alb 60 of 60, clb 40 of 40, leadline 40 of 40"),
        reading.detail());
    assertTrue(
        reading.detail().contains("nlb counts connections, and no requests"), reading.detail());
    BalancerReading nlb = reading.balancer("nlb").orElseThrow();
    assertEquals(40, nlb.sum(Metrics.NEW_CONNECTIONS));
    assertTrue(nlb.agrees());
  }

  /** Fails when the figures of an NLB, which come last on AWS, are not waited for. */
  @Test
  void theFirstFlowsOfAnNlbAreWaitedFor() throws InterruptedException {
    assertTrue(read(0).polls() > 2);
  }

  @Test
  void theClassicLoadBalancersOfAllPathsAreOne() throws InterruptedException {
    BalancerReading classic = read(40).balancer("clb").orElseThrow();

    assertEquals(40, classic.sum(Metrics.TARGET_2XX));
    assertEquals(
        List.of(0.4), values(classic, "p99"), "of percentiles, which cannot be added, the slowest");
    assertEquals(0.3, values(classic, "Average").get(0), 1e-9);
  }

  /** Both paths of the lab have the same two targets, which are not four. */
  @Test
  void aTargetThatSeveralPathsReachIsHealthyOnce() throws InterruptedException {
    CloudWatchReading reading = read(40);
    for (String name : List.of("nlb", "clb")) {
      assertEquals(
          Map.of(MINUTE, 2.0),
          reading
              .balancer(name)
              .orElseThrow()
              .series(Metrics.HEALTHY_HOSTS, "Minimum")
              .orElseThrow()
              .points(),
          name);
    }
  }

  private static List<Double> values(BalancerReading reading, String statistic) {
    return List.copyOf(
        reading.series(Metrics.RESPONSE_TIME, statistic).orElseThrow().points().values());
  }
}
