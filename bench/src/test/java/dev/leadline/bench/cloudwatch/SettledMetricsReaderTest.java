package dev.leadline.bench.cloudwatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.bench.SampleBuilder;
import dev.leadline.bench.Samples;
import dev.leadline.bench.aws.AwsException;
import dev.leadline.bench.cloudwatch.CloudWatchReading.BalancerReading;
import dev.leadline.bench.cloudwatch.CloudWatchReading.State;
import dev.leadline.bench.progress.RecordedProgress;
import dev.leadline.bench.record.Run;
import dev.leadline.bench.record.RunSamples;
import dev.leadline.bench.record.Sample;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class SettledMetricsReaderTest {
  private static final Duration INTERVAL = Duration.ofSeconds(2);
  private static final Duration LIMIT = Duration.ofSeconds(45);

  /** Two balancers, one warm-up and two rounds of ten requests: thirty each. */
  private final Run run = Samples.run(Samples.lab(), 2);

  private final List<Sample> sampleList = Samples.samples(run, name -> 100L);
  private final RunSamples samples = RunSamples.of(sampleList);
  private final ManualTime time = new ManualTime(Samples.START.plusSeconds(20));

  private CloudWatchReading read(StatisticsReader source, RunSamples of)
      throws InterruptedException {
    return new SettledMetricsReader(source, time.minutes(), INTERVAL, LIMIT, new RecordedProgress())
        .read(run, of);
  }

  @Test
  void itWaitsForEveryRequestAndForTwoPollsThatAgree() throws InterruptedException {
    CloudWatchReading reading =
        read(
            ScriptedMetrics.counts(
                new long[] {0, 0}, new long[] {30, 12}, new long[] {30, 30}, new long[] {30, 30}),
            samples);

    assertEquals(State.SETTLED, reading.state());
    assertEquals(4, reading.polls());
    assertFalse(reading.disagrees());
    assertEquals(List.of(30L, 30L), counts(reading));
    assertTrue(reading.detail().contains("alb 30 of 30, leadline 30 of 30"), reading.detail());
  }

  /** The control is the first balancer under another name, and CloudWatch knows one name only. */
  @Test
  void theControlsRequestsAreTheFirstBalancers() throws InterruptedException {
    Run controlled = Samples.run(Samples.labWithControl(), 2);
    CloudWatchReading reading =
        new SettledMetricsReader(
                ScriptedMetrics.counts(new long[] {60, 30}),
                time.minutes(),
                INTERVAL,
                LIMIT,
                new RecordedProgress())
            .read(controlled, RunSamples.of(Samples.samples(controlled, name -> 100L)));

    assertEquals(State.SETTLED, reading.state(), reading.detail());
    assertTrue(reading.detail().contains("alb 60 of 60, leadline 30 of 30"), reading.detail());
  }

  /** CloudWatch has one count for a balancer, whatever policies it had in turn. */
  @Test
  void policiesInTurnAreCountedTogether() throws InterruptedException {
    Run inTurn = Samples.run(Samples.labInTurn(URI.create("http://127.0.0.1:3")), 1);
    CloudWatchReading reading =
        new SettledMetricsReader(
                ScriptedMetrics.counts(new long[] {60, 100}),
                time.minutes(),
                INTERVAL,
                LIMIT,
                new RecordedProgress())
            .read(inTurn, RunSamples.of(Samples.samples(inTurn, name -> 100L)));

    assertEquals(State.SETTLED, reading.state(), reading.detail());
    assertTrue(reading.detail().contains("alb-rr 60 of 60, leadline 100 of 100"), reading.detail());
  }

  /** Fails when a publication in the middle of the last burst is taken for the last one. */
  @Test
  void itWaitsForTheAnswersOfRequestsThatWereCounted() throws InterruptedException {
    int[] polls = {0};
    CloudWatchReading reading =
        read(
            new ScriptedMetrics(
                (queries, from, to) -> {
                  Map<MetricStatistic, SortedMap<Instant, Double>> values = new HashMap<>();
                  if (queries.get(0).metric().equals(Metrics.REQUEST_COUNT)) {
                    double answers = ++polls[0] < 4 ? 21 : 30;
                    for (MetricStatistic query : queries) {
                      if (query.metric().equals(Metrics.REQUEST_COUNT)) {
                        values.put(query, new TreeMap<>(Map.of(from, 30.0)));
                      } else if (query.metric().equals(Metrics.TARGET_2XX)) {
                        values.put(query, new TreeMap<>(Map.of(from, answers)));
                      }
                    }
                  }
                  return values;
                }),
            samples);

    assertEquals(State.SETTLED, reading.state());
    assertEquals(5, reading.polls());
    assertEquals(30, reading.balancers().get(0).sum(Metrics.TARGET_2XX));
  }

  /** Fails when the minute that the run waited out is read as part of it. */
  @Test
  void readsFromTheMinuteOfTheFirstBurstOn() throws InterruptedException {
    Run early =
        new Run(
            run.benchVersion(),
            run.state(),
            run.startedAt().minusSeconds(60),
            run.endedAt(),
            run.settings(),
            run.client(),
            run.lab(),
            run.remarks(),
            run.plan(),
            run.bursts());
    CloudWatchReading reading =
        new SettledMetricsReader(
                ScriptedMetrics.counts(new long[] {30, 30}),
                time.minutes(),
                INTERVAL,
                LIMIT,
                new RecordedProgress())
            .read(early, samples);

    assertEquals(MinuteClock.of(run.bursts().get(0).startedAt()), reading.from());
  }

  /** Fails when a count that is still rising is taken for the last word at the first match. */
  @Test
  void moreThanWasSentIsAMismatchAtOnce() throws InterruptedException {
    CloudWatchReading reading =
        read(
            ScriptedMetrics.counts(new long[] {30, 30}, new long[] {30, 31}, new long[] {30, 31}),
            samples);

    assertEquals(State.MISMATCH, reading.state());
    assertEquals(3, reading.polls());
    assertTrue(reading.disagrees());
  }

  @Test
  void fewerThanWereAnsweredAtTheLimitIsNotSettled() throws InterruptedException {
    Instant began = time.instant();
    CloudWatchReading reading = read(ScriptedMetrics.counts(new long[] {30, 29}), samples);

    assertEquals(State.NOT_SETTLED, reading.state());
    assertTrue(reading.disagrees());
    assertTrue(Duration.between(began, time.instant()).compareTo(LIMIT) >= 0);
    assertTrue(reading.detail().contains("after 45 s"), reading.detail());
  }

  /** A request that got no answer may or may not have reached the balancer. */
  @Test
  void aCountBetweenAnsweredAndSentSettlesAtTheLimit() throws InterruptedException {
    List<Sample> withFailures = new ArrayList<>(sampleList);
    int[] changed = {0};
    withFailures.replaceAll(
        s ->
            s.balancer().equals("alb") && changed[0]++ < 3
                ? SampleBuilder.like(s).failed(1, "reset").build()
                : s);

    assertEquals(
        State.SETTLED,
        read(ScriptedMetrics.counts(new long[] {28, 30}), RunSamples.of(withFailures)).state());
    assertEquals(
        State.NOT_SETTLED,
        read(ScriptedMetrics.counts(new long[] {26, 30}), RunSamples.of(withFailures)).state());
  }

  @Test
  void whatCannotBeReadIsUnreachableWithTheReason() throws InterruptedException {
    CloudWatchReading reading =
        read(
            new ScriptedMetrics(
                (queries, from, to) -> {
                  throw new AwsException("Connection refused");
                }),
            samples);

    assertEquals(State.UNREACHABLE, reading.state());
    assertTrue(reading.disagrees());
    assertTrue(reading.detail().contains("Connection refused"), reading.detail());
  }

  /** "Complete but empty" is 0 for a counter and no data for a latency. */
  @Test
  void anEmptyCounterIsZeroAndAnEmptyLatencyIsNoData() throws InterruptedException {
    BalancerReading alb =
        read(ScriptedMetrics.counts(new long[] {30, 30}), samples).balancers().get(0);

    assertEquals(0, alb.sum(Metrics.TARGET_5XX));
    assertTrue(alb.series(Metrics.RESPONSE_TIME, "p99").isEmpty());
  }

  @Test
  void minutesAreWholeAndReachBeyondTheRun() throws InterruptedException {
    CloudWatchReading reading = read(ScriptedMetrics.counts(new long[] {30, 30}), samples);

    assertEquals(Instant.parse("2026-03-01T12:00:00Z"), reading.from());
    assertEquals(Instant.parse("2026-03-01T12:02:00Z"), reading.to());
  }

  /** Counts of several minutes add up. Fails when only the first or last point is taken. */
  @Test
  void aCounterIsTheSumOfItsMinutes() throws InterruptedException {
    CloudWatchReading reading =
        read(
            new ScriptedMetrics(
                (queries, from, to) -> {
                  Map<MetricStatistic, SortedMap<Instant, Double>> values = new HashMap<>();
                  for (MetricStatistic query : queries) {
                    if (query.metric().equals(Metrics.REQUEST_COUNT)) {
                      values.put(
                          query, new TreeMap<>(Map.of(from, 10.0, from.plusSeconds(60), 20.0)));
                    }
                  }
                  return values;
                }),
            samples);

    assertEquals(List.of(30L, 30L), counts(reading));
  }

  /** Basic monitoring stamps five minutes with their beginning, which lies before the run. */
  @Test
  void cpuOfTheRunWinsOverThatBeforeIt() throws InterruptedException {
    StatisticsReader counts = ScriptedMetrics.counts(new long[] {30, 30});
    Instant run = Instant.parse("2026-03-01T12:00:00Z");
    CloudWatchReading reading =
        read(
            new ScriptedMetrics(
                (queries, from, to) -> {
                  if (!queries.get(0).metric().equals(Metrics.CPU)) {
                    return ask(counts, queries, from, to);
                  }
                  return Map.of(
                      Metrics.ofTarget("i-1", Metrics.CPU),
                          new TreeMap<>(Map.of(run.minusSeconds(60), 99.0, run, 40.0)),
                      Metrics.ofTarget("i-2", Metrics.CPU),
                          new TreeMap<>(Map.of(run.minusSeconds(240), 7.0)));
                }),
            samples);

    assertEquals(Map.of(run, 40.0), reading.targets().get(0).cpuPercent());
    assertEquals(Map.of(run.minusSeconds(240), 7.0), reading.targets().get(1).cpuPercent());
  }

  /** The Application Load Balancer counts healthy hosts by target group only. */
  @Test
  void healthyHostsOfTargetGroupsAreAddedUpByTheMinute() throws InterruptedException {
    StatisticsReader counts = ScriptedMetrics.counts(new long[] {30, 30});
    CloudWatchReading reading =
        read(
            new ScriptedMetrics(
                (queries, from, to) -> {
                  if (!queries.get(0).metric().equals(Metrics.HEALTHY_HOSTS)) {
                    return ask(counts, queries, from, to);
                  }
                  Map<MetricStatistic, SortedMap<Instant, Double>> values = new HashMap<>();
                  for (MetricStatistic query : queries) {
                    boolean a = "a".equals(query.scope().dimensions().get("TargetGroup"));
                    values.put(
                        query,
                        new TreeMap<>(Map.of(from, a ? 4.0 : 5.0, from.plusSeconds(60), 4.0)));
                  }
                  return values;
                }),
            samples);

    Instant first = Instant.parse("2026-03-01T12:00:00Z");
    assertEquals(
        Map.of(first, 9.0, first.plusSeconds(60), 8.0),
        reading.balancers().get(0).series(Metrics.HEALTHY_HOSTS, "Minimum").orElseThrow().points());
  }

  private static Map<MetricStatistic, SortedMap<Instant, Double>> ask(
      StatisticsReader source, List<MetricStatistic> queries, Instant from, Instant to)
      throws AwsException {
    try {
      return source.read(queries, from, to);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static List<Long> counts(CloudWatchReading reading) {
    return reading.balancers().stream().map(BalancerReading::requestCount).toList();
  }
}
