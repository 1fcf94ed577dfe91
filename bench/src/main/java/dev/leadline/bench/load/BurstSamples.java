package dev.leadline.bench.load;

import dev.leadline.bench.plan.PlannedBurst;
import dev.leadline.bench.record.Sample;
import java.util.AbstractList;
import java.util.List;
import java.util.RandomAccess;
import org.jspecify.annotations.Nullable;

/**
 * The samples of a burst, in the order of their intended sends. Each is made when it is asked for:
 * two million of them would need a gigabyte.
 */
final class BurstSamples extends AbstractList<Sample> implements RandomAccess {
  private final PlannedBurst planned;
  private final List<SampleColumns> loops;

  /** The loop and the row in it of each sample, {@code row * loops + loop}. */
  private final long[] places;

  BurstSamples(PlannedBurst planned, List<SampleColumns> loops) {
    this(planned, List.copyOf(loops), merged(loops));
  }

  private BurstSamples(PlannedBurst planned, List<SampleColumns> loops, long[] places) {
    this.planned = planned;
    this.loops = loops;
    this.places = places;
  }

  /** The same samples under another label. */
  BurstSamples as(PlannedBurst other) {
    return new BurstSamples(other, loops, places);
  }

  private static long[] merged(List<SampleColumns> loops) {
    long[] places = new long[loops.stream().mapToInt(SampleColumns::size).sum()];
    int[] next = new int[loops.size()];
    for (int i = 0; i < places.length; i++) {
      int first = -1;
      for (int loop = 0; loop < next.length; loop++) {
        SampleColumns samples = loops.get(loop);
        if (next[loop] < samples.size()
            && (first < 0
                || samples.intendedNanos(next[loop])
                    < loops.get(first).intendedNanos(next[first]))) {
          first = loop;
        }
      }
      places[i] = (long) next[first]++ * loops.size() + first;
    }
    return places;
  }

  @Override
  public int size() {
    return places.length;
  }

  @Override
  public Sample get(int index) {
    SampleColumns samples = loops.get((int) (places[index] % loops.size()));
    int row = (int) (places[index] / loops.size());
    int status = samples.status(row);
    return new Sample(
        planned.phase(),
        planned.round(),
        planned.cell().path(),
        planned.cell().balancer(),
        index,
        samples.intendedNanos(row),
        samples.startNanos(row),
        orNull(samples.sentNanos(row)),
        orNull(samples.firstByteNanos(row)),
        samples.endNanos(row),
        status == Exchange.NO_STATUS ? null : Integer.valueOf(status),
        samples.instance(row),
        samples.error(row));
  }

  private static @Nullable Long orNull(long nanos) {
    return nanos == Exchange.NEVER ? null : Long.valueOf(nanos);
  }
}
