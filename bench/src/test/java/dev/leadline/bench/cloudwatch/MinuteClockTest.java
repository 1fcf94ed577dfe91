package dev.leadline.bench.cloudwatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
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
}
