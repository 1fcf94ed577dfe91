package dev.leadline.bench.stats;

import dev.leadline.bench.record.Sample;
import java.util.function.Consumer;
import org.HdrHistogram.AbstractHistogram;
import org.HdrHistogram.IntCountsHistogram;

/**
 * The stages of answered requests as histograms, to one percent: so that they take some 40 KB,
 * however many requests there are. Not thread-safe.
 */
public final class StageTimes implements Consumer<Sample> {
  private static final int SIGNIFICANT_DIGITS = 2;
  private static final long LOWEST_NANOS = 1_000;
  private static final long HIGHEST_NANOS = 60_000_000_000L;

  final AbstractHistogram connection = histogram();
  final AbstractHistogram firstByte = histogram();
  final AbstractHistogram rest = histogram();

  private static AbstractHistogram histogram() {
    IntCountsHistogram histogram =
        new IntCountsHistogram(LOWEST_NANOS, HIGHEST_NANOS, SIGNIFICANT_DIGITS);
    histogram.setAutoResize(true);
    return histogram;
  }

  /** Counts a request; one that failed has no stages that mean anything. */
  @Override
  public void accept(Sample sample) {
    Long sent = sample.sentNanos();
    Long answered = sample.firstByteNanos();
    if (!sample.failed() && sent != null && answered != null) {
      connection.recordValue(Math.max(0, sent - sample.startNanos()));
      firstByte.recordValue(Math.max(0, answered - sent));
      rest.recordValue(Math.max(0, sample.endNanos() - answered));
    }
  }

  /** Counts what another one has counted. */
  void add(StageTimes other) {
    connection.add(other.connection);
    firstByte.add(other.firstByte);
    rest.add(other.rest);
  }
}
