package dev.leadline.bench.cloudwatch;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;

/**
 * How far another machine's clock is ahead of this one's, by the {@code Date} of its answers. Each
 * says its time to the second, at some moment between question and answer; several answers together
 * say more. Not thread-safe.
 */
final class ClockComparison {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration ANY = Duration.ofDays(365_000);

  private Duration least = ANY.negated();
  private Duration most = ANY;

  /**
   * Takes an answer into account; one without a proper date says nothing.
   *
   * @param asked when it was asked for, by this machine's clock
   * @param heard when it was there
   */
  void answered(Instant asked, Instant heard, String date) {
    Instant said;
    try {
      said = DateTimeFormatter.RFC_1123_DATE_TIME.parse(date, Instant::from);
    } catch (DateTimeException e) {
      return;
    }
    Duration low = Duration.between(heard, said);
    Duration high = Duration.between(asked, said).plus(SECOND);
    if (low.compareTo(most) > 0 || high.compareTo(least) < 0) {
      least = low; // One of the clocks was set meanwhile.
      most = high;
      return;
    }
    least = low.compareTo(least) > 0 ? low : least;
    most = high.compareTo(most) < 0 ? high : most;
  }

  /** The difference; zero as long as there may be none. */
  Duration ahead() {
    boolean maybeNone = least.compareTo(Duration.ZERO) <= 0 && most.compareTo(Duration.ZERO) >= 0;
    return maybeNone ? Duration.ZERO : least.plus(most).dividedBy(2);
  }
}
