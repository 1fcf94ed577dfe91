package dev.leadline.bench.stats;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.leadline.bench.plan.Cell;
import dev.leadline.bench.record.Sample;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/**
 * Figures of one cell over its measured rounds.
 *
 * @param latency of all its requests together
 * @param errors how often each kind of failure occurred
 * @param perTarget answers by instance id
 * @param rounds in their order
 */
public record CellFigures(
    Cell cell,
    int requests,
    int failed,
    Latency latency,
    Spread p50Nanos,
    Spread p99Nanos,
    Spread totalNanos,
    SortedMap<String, Integer> errors,
    SortedMap<String, Integer> perTarget,
    List<BurstFigures> rounds) {

  /**
   * Summarises a cell.
   *
   * @param rounds at least one
   * @param samples of all those rounds
   */
  public static CellFigures of(
      Cell cell, List<BurstFigures> rounds, List<Sample> samples, long timeoutNanos) {
    SortedMap<String, Integer> errors = new TreeMap<>();
    SortedMap<String, Integer> perTarget = new TreeMap<>();
    for (Sample sample : samples) {
      if (sample.error() != null) {
        errors.merge(sample.error(), 1, Integer::sum);
      }
      if (sample.instanceId() != null) {
        perTarget.merge(sample.instanceId(), 1, Integer::sum);
      }
    }
    return new CellFigures(
        cell,
        samples.size(),
        (int) samples.stream().filter(Sample::failed).count(),
        Latency.of(samples, timeoutNanos),
        spread(rounds, round -> round.latency().p50Nanos()),
        spread(rounds, round -> round.latency().p99Nanos()),
        spread(rounds, BurstFigures::totalNanos),
        errors,
        perTarget,
        List.copyOf(rounds));
  }

  /** Total time of the median round over its requests. */
  @JsonProperty
  public double averageNanos() {
    return (double) totalNanos.median() / rounds.get(0).requests();
  }

  private static Spread spread(List<BurstFigures> rounds, ToLongFunction<BurstFigures> figure) {
    return Spread.of(rounds.stream().mapToLong(figure).toArray());
  }
}
