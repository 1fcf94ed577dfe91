package dev.leadline.bench.cloudwatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MinuteClockTest {
  @ParameterizedTest
  @ValueSource(strings = {"12:00:00Z", "12:00:00.001Z", "12:00:59.999Z"})
  void theNextMinuteIsAwaitedFromAnyMoment(String now) throws InterruptedException {
    ManualTime time = new ManualTime(Instant.parse("2026-03-01T" + now));
    time.minutes().awaitNext();

    assertEquals(Instant.parse("2026-03-01T12:01:00Z"), MinuteClock.of(time.instant()));
    assertTrue(time.instant().isAfter(Instant.parse("2026-03-01T12:01:01Z")));
  }

  /**
   * Fails when a clock that is set back makes a run wait for hours, or one set ahead miss a minute.
   */
  @ParameterizedTest
  @ValueSource(strings = {"-PT1H", "PT1H", "PT30S", "-PT30S"})
  void aClockThatJumpsCostsAMinuteAtMost(Duration jump) throws InterruptedException {
    ManualTime time = new ManualTime(Instant.parse("2026-03-01T12:00:10Z"));
    List<Duration> slept = new ArrayList<>();
    MinuteClock minutes =
        new MinuteClock(
            time,
            duration -> {
              time.pass(duration);
              if (slept.isEmpty()) {
                time.pass(jump);
              }
              slept.add(duration);
            });
    minutes.awaitNext();

    Duration all = slept.stream().reduce(Duration.ZERO, Duration::plus);
    assertTrue(all.compareTo(Duration.ofMinutes(2)) < 0, all.toString());
    Duration intoMinute = Duration.between(MinuteClock.of(time.instant()), time.instant());
    assertTrue(intoMinute.compareTo(Duration.ofSeconds(8)) < 0, intoMinute.toString());
  }
}
