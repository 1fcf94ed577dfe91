package dev.leadline.bench.report.chart;

import dev.leadline.bench.record.Sample;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.HdrHistogram.IntCountsHistogram;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one burst by the time when they should have been sent, in slots of equal length.
 *
 * @param balancer its index in the lab, which is its colour
 * @param name of the balancer
 * @param slots null where no request was due
 */
public record TimeSlots(int balancer, String name, double slotSeconds, List<@Nullable Slot> slots) {

  private static final int SIGNIFICANT_DIGITS = 2;
  private static final int SLOTS = 60;
  private static final double[] LENGTHS = {0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600};

  /** What was due in one slot; a failed request counts as the timeout. */
  public record Slot(long p50Nanos, long p99Nanos, int failed) {}

  /** The length of a slot, so that there are some 60 of them. */
  public static double seconds(double whole) {
    for (double length : LENGTHS) {
      if (length >= whole / SLOTS) {
        return length;
      }
    }
    return whole / SLOTS;
  }

  /** Puts the samples of one burst into slots, one after the other. */
  public static final class Collector implements Consumer<Sample> {
    private final double slotSeconds;
    private final long timeoutNanos;
    private final List<IntCountsHistogram> latencies = new ArrayList<>();
    private final List<Integer> failed = new ArrayList<>();

    public Collector(double slotSeconds, long timeoutNanos) {
      this.slotSeconds = slotSeconds;
      this.timeoutNanos = timeoutNanos;
    }

    @Override
    public void accept(Sample sample) {
      int slot = (int) (sample.intendedNanos() / 1e9 / slotSeconds);
      while (latencies.size() <= slot) {
        latencies.add(new IntCountsHistogram(SIGNIFICANT_DIGITS));
        failed.add(0);
      }
      latencies
          .get(slot)
          .recordValue(Math.max(0, sample.failed() ? timeoutNanos : sample.latencyNanos()));
      failed.set(slot, failed.get(slot) + (sample.failed() ? 1 : 0));
    }

    /** What was collected, of a balancer. */
    public TimeSlots slots(int balancer, String name) {
      List<@Nullable Slot> slots = new ArrayList<>();
      for (int i = 0; i < latencies.size(); i++) {
        IntCountsHistogram due = latencies.get(i);
        slots.add(
            due.getTotalCount() == 0
                ? null
                : new Slot(
                    due.getValueAtPercentile(50), due.getValueAtPercentile(99), failed.get(i)));
      }
      return new TimeSlots(balancer, name, slotSeconds, slots);
    }
  }
}
