package dev.leadline.bench.record;

import static java.util.stream.Collectors.groupingBy;

import dev.leadline.bench.plan.PlannedBurst;
import dev.leadline.bench.record.Run.BurstRecord;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The samples of a run, burst by burst: they need not fit into memory, so whoever reads them keeps
 * figures of them and not the samples themselves.
 */
public interface RunSamples {

  /**
   * Hands over every sample of a burst, one after the other, in the order they were written.
   *
   * @throws dev.leadline.bench.error.BenchException when they cannot be read, or the thread was
   *     interrupted
   */
  void forEach(BurstRecord burst, Consumer<Sample> reader);

  /** How many samples a burst has; 0 for one that left none. */
  int count(BurstRecord burst);

  /**
   * Some samples of a burst, evenly spread over it, and the one that ended last: all of them where
   * they are no more than asked for.
   */
  default List<Sample> spread(BurstRecord burst, int atMost) {
    int step = Math.max(1, (count(burst) + atMost - 1) / atMost);
    Map<Integer, Sample> some = new LinkedHashMap<>();
    AtomicReference<@Nullable Sample> last = new AtomicReference<>();
    forEach(
        burst,
        sample -> {
          if (sample.index() % step == 0) {
            some.put(sample.index(), sample);
          }
          Sample before = last.get();
          if (before == null || before.endNanos() < sample.endNanos()) {
            last.set(sample);
          }
        });
    Sample latest = last.get();
    if (latest != null) {
      some.put(latest.index(), latest);
    }
    return List.copyOf(some.values());
  }

  /** Samples that are in memory already. */
  static RunSamples of(List<Sample> samples) {
    Map<PlannedBurst, List<Sample>> byBurst =
        samples.stream()
            .collect(
                groupingBy(
                    sample -> new PlannedBurst(sample.phase(), sample.round(), sample.cell())));
    return new RunSamples() {
      @Override
      public void forEach(BurstRecord burst, Consumer<Sample> reader) {
        byBurst.getOrDefault(burst.planned(), List.of()).forEach(reader);
      }

      @Override
      public int count(BurstRecord burst) {
        return byBurst.getOrDefault(burst.planned(), List.of()).size();
      }
    };
  }
}
