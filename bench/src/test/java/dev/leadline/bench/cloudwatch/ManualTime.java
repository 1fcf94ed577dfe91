package dev.leadline.bench.cloudwatch;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** A clock that only sleeping moves. */
final class ManualTime extends Clock {
  private Instant now;

  ManualTime(Instant now) {
    this.now = now;
  }

  MinuteClock minutes() {
    return new MinuteClock(this, this::pass);
  }

  void pass(Duration duration) {
    now = now.plus(duration);
  }

  @Override
  public Instant instant() {
    return now;
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  @Override
  public Clock withZone(ZoneId zone) {
    return this;
  }
}
