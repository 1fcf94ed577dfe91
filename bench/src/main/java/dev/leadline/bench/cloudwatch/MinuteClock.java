package dev.leadline.bench.cloudwatch;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Clock minutes, the grain of CloudWatch's metrics, and waiting for them. Not thread-safe. */
public final class MinuteClock {
  /** Clocks of client and balancer differ a little: a burst keeps away from the minute's edges. */
  private static final Duration MARGIN = Duration.ofSeconds(2);

  /** A wait that ends later than this was none of the scheduler's: the clock was set. */
  private static final Duration LATE = Duration.ofSeconds(5);

  private final Clock clock;
  private final Sleeper sleeper;
  private Duration offset = Duration.ZERO;

  /** Waits; {@link Thread#sleep} but in tests. */
  public interface Sleeper {
    void sleep(Duration duration) throws InterruptedException;
  }

  public MinuteClock(Clock clock, Sleeper sleeper) {
    this.clock = clock;
    this.sleeper = sleeper;
  }

  /** Real time. */
  public static MinuteClock ofSystem() {
    return new MinuteClock(Clock.systemUTC(), duration -> Thread.sleep(duration.toMillis()));
  }

  /** By this machine's clock. */
  public Instant now() {
    return clock.instant();
  }

  /** By the clock of CloudWatch, as far as its difference from this machine's is known. */
  public Instant nowInCloudWatch() {
    return now().plus(offset);
  }

  /** From now on minutes begin by a clock that is so much ahead of this machine's. */
  public void follow(Duration ahead) {
    offset = ahead;
  }

  public void sleep(Duration duration) throws InterruptedException {
    sleeper.sleep(duration);
  }

  /** The minute this instant lies in. */
  public static Instant of(Instant instant) {
    return instant.truncatedTo(ChronoUnit.MINUTES);
  }

  /**
   * Waits until the next minute of CloudWatch's clock has begun, and a moment longer. Where the
   * clock is set meanwhile, it waits for the minute after what the clock shows then: a minute at
   * most.
   */
  public void awaitNext() throws InterruptedException {
    Instant begin = beginOfNext();
    for (Instant now = nowInCloudWatch(); now.isBefore(begin); now = nowInCloudWatch()) {
      sleep(Duration.between(now, begin).plusMillis(1));
      Instant awake = nowInCloudWatch();
      if (awake.isBefore(now) || awake.isAfter(begin.plus(LATE))) {
        begin = beginOfNext();
      }
    }
  }

  private Instant beginOfNext() {
    return of(nowInCloudWatch()).plus(1, ChronoUnit.MINUTES).plus(MARGIN);
  }
}
