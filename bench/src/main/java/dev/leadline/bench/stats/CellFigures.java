package dev.leadline.bench.stats;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.leadline.bench.plan.Cell;
import java.util.List;
import java.util.SortedMap;
import java.util.function.ToLongFunction;

/**
 * Figures of one cell over its measured rounds.
 *
 * @param latency of all its requests together
 * @param stages of its answered requests
 * @param errors how often each kind of failure occurred
 * @param perTarget answers by instance id
 * @param rounds in their order
 * @param latencies of all its requests
 */
public record CellFigures(
    Cell cell,
    int requests,
    int failed,
    Latency latency,
    Stages stages,
    Spread p50Nanos,
    Spread p99Nanos,
    Spread totalNanos,
    SortedMap<String, Integer> errors,
    SortedMap<String, Integer> perTarget,
    List<BurstFigures> rounds,
    @JsonIgnore Percentiles latencies) {

  /**
   * Summarises a cell.
   *
   * @param rounds at least one
   */
  public static CellFigures of(Cell cell, List<BurstFigures> rounds) {
    Percentiles latencies =
        Percentiles.merged(rounds.stream().map(BurstFigures::latencies).toList());
    Answers answers = Answers.sum(rounds.stream().map(BurstFigures::answers).toList());
    return new CellFigures(
        cell,
        latencies.size(),
        answers.failed(),
        Latency.of(latencies),
        Stages.of(rounds.stream().map(BurstFigures::stages).toList()),
        spread(rounds, round -> round.latency().p50Nanos()),
        spread(rounds, round -> round.latency().p99Nanos()),
        spread(rounds, BurstFigures::totalNanos),
        answers.errors(),
        answers.perTarget(),
        List.copyOf(rounds),
        latencies);
  }

  /** Answered requests per second of the median round. */
  @JsonProperty
  public double answeredPerSecond() {
    double[] sorted =
        rounds.stream().mapToDouble(BurstFigures::answeredPerSecond).sorted().toArray();
    return sorted[(sorted.length - 1) / 2];
  }

  /** Answered requests over all, 0 to 1. */
  @JsonProperty
  public double successRate() {
    return (double) (requests - failed) / requests;
  }

  /** Total time of the median round over its requests. */
  @JsonProperty
  public double averageNanos() {
    return rounds.stream()
        .filter(round -> round.totalNanos() == totalNanos.median())
        .findFirst()
        .orElseThrow()
        .averageNanos();
  }

  /** The figure over the rounds. */
  Spread spread(Figure figure) {
    return switch (figure) {
      case P50 -> p50Nanos;
      case P99 -> p99Nanos;
      case TOTAL -> totalNanos;
    };
  }

  private static Spread spread(List<BurstFigures> rounds, ToLongFunction<BurstFigures> figure) {
    return Spread.of(rounds.stream().mapToLong(figure).toArray());
  }
}
