package dev.leadline.bench.run;

import dev.leadline.bench.plan.Cell;
import dev.leadline.bench.record.Sample;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Whether a burst left work behind, and whether it is done. A burst whose requests were all
 * answered leaves none. One that was given up may keep its target busy; it is over when a single
 * request is answered about as quickly as the quickest one before. Not thread-safe.
 */
final class CoolDown {
  /** A single request meets no queue, but its connection and its target may be cold. */
  private static final int TIMES_THE_QUICKEST = 2;

  private static final long ALLOWANCE_NANOS = 10_000_000;

  private final Map<Cell, Long> quickest = new HashMap<>();

  /** Whether a burst left requests that its targets may still work on. */
  boolean mustFollow(Cell cell, List<Sample> burst) {
    boolean givenUp = false;
    for (Sample sample : burst) {
      if (!sample.failed()) {
        quickest.merge(cell, sample.latencyNanos(), Math::min);
      }
      givenUp |= workMayBeLeft(sample);
    }
    return givenUp;
  }

  /** Whether the answer to a single request shows an idle target, or that there is none. */
  boolean ends(Cell cell, Sample probe) {
    if (probe.failed()) {
      return !workMayBeLeft(probe);
    }
    Long base = quickest.get(cell);
    return base == null || probe.latencyNanos() <= TIMES_THE_QUICKEST * base + ALLOWANCE_NANOS;
  }

  /** Sent, and given up: no other end of a request leaves the target at work. */
  private static boolean workMayBeLeft(Sample sample) {
    return sample.sent() && sample.error() != null && sample.error().startsWith("timeout");
  }
}
