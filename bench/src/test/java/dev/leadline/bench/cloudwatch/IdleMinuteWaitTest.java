package dev.leadline.bench.cloudwatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.bench.Samples;
import dev.leadline.bench.aws.AwsException;
import dev.leadline.bench.progress.RecordedProgress;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

final class IdleMinuteWaitTest {
  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

  private final ManualTime time = new ManualTime(NOON.plusSeconds(40));
  private final RecordedProgress progress = new RecordedProgress();

  private List<String> await(StatisticsReader source) throws InterruptedException {
    return new IdleMinuteWait(source, time.minutes(), Duration.ofSeconds(4), Duration.ofMinutes(5))
        .await(Samples.lab(), progress);
  }

  /** Shows requests in exactly these minutes. */
  private static StatisticsReader requestsIn(Instant... minutes) {
    return new ScriptedMetrics(
        (queries, from, to) -> {
          Map<MetricStatistic, SortedMap<Instant, Double>> values = new HashMap<>();
          for (MetricStatistic query : queries) {
            SortedMap<Instant, Double> points = new TreeMap<>();
            for (Instant minute : new TreeSet<>(List.of(minutes))) {
              if (!minute.isBefore(from) && minute.isBefore(to)) {
                points.put(minute, 5.0);
              }
            }
            values.put(query, points);
          }
          return values;
        });
  }

  @Test
  void aQuietMinuteIsNotWaitedFor() throws InterruptedException {
    assertEquals(List.of(), await(requestsIn(NOON.minusSeconds(60))));
    assertEquals(NOON.plusSeconds(40), time.instant());
    assertEquals(List.of(), progress.notes);
  }

  @Test
  void requestsOfThisMinuteAreLetPassAndItSaysSo() throws InterruptedException {
    assertEquals(List.of(), await(requestsIn(NOON)));

    assertTrue(!time.instant().isBefore(NOON.plusSeconds(60)), time.instant().toString());
    assertTrue(time.instant().isBefore(NOON.plusSeconds(120)), time.instant().toString());
    assertEquals(1, progress.notes.size());
    assertTrue(progress.notes.get(0).contains("10 requests"), progress.notes.toString());
  }

  @Test
  void aBusyNextMinuteIsLetPassAsWell() throws InterruptedException {
    await(requestsIn(NOON, NOON.plusSeconds(60), NOON.plusSeconds(120)));
    assertEquals(NOON.plusSeconds(180), MinuteClock.of(time.instant()));
  }

  @Test
  void afterTheLimitItBeginsAllTheSameAndRemarksOnIt() throws InterruptedException {
    Instant[] always = new Instant[20];
    for (int i = 0; i < always.length; i++) {
      always[i] = NOON.plusSeconds(60L * i);
    }
    List<String> remarks = await(requestsIn(always));

    assertEquals(1, remarks.size());
    assertTrue(remarks.get(0).contains("include their requests"), remarks.get(0));
  }

  @Test
  void whatCannotBeReadIsNoReasonToWait() throws InterruptedException {
    List<String> remarks =
        await(
            new ScriptedMetrics(
                (queries, from, to) -> {
                  throw new AwsException("refused");
                }));

    assertEquals(1, remarks.size());
    assertEquals(NOON.plusSeconds(40), time.instant());
  }
}
