package dev.leadline.bench.stats;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.leadline.bench.plan.Cell;
import dev.leadline.bench.plan.Phase;
import dev.leadline.bench.record.DisturbanceRecord;
import dev.leadline.bench.record.Run;
import dev.leadline.bench.record.Run.BurstRecord;
import dev.leadline.bench.record.RunSamples;
import dev.leadline.bench.stats.Timeline.Request;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How one balancer met one disturbance, over the rounds of a cell.
 *
 * @param number of the target that was disturbed
 * @param lengthMillis how long it was disturbed
 * @param rounds in which it was disturbed as planned, in their order
 * @param problems why it was not, of the other rounds
 * @param timeline of all those rounds together; not repeated in JSON
 */
public record DisturbanceFigures(
    Cell cell,
    String target,
    int number,
    String what,
    long fromMillis,
    long lengthMillis,
    List<Round> rounds,
    List<String> problems,
    @JsonIgnore Timeline timeline) {

  /** A target that gets less than this part of its former share has been left. */
  public static final double LEFT = 0.1;

  /** A target that gets at least this part of its former share is used again. */
  public static final double BACK = 0.5;

  /**
   * One round.
   *
   * @param shareBefore of the requests, that the target answered before it was disturbed
   * @param leftAfterMillis from the beginning to the moment from which on, for a second, the target
   *     got less than {@link #LEFT} of that share and no request failed more often; null if it was
   *     not left while it was disturbed
   * @param failed requests that failed, of those sent from the beginning on
   * @param p99BeforeNanos of the requests sent before
   * @param p99DuringNanos of the requests sent while it was disturbed
   * @param backAfterMillis from the end to the moment from which on, for a second, the target got
   *     at least {@link #BACK} of that share and no request failed; null if that was not seen
   */
  public record Round(
      int round,
      double shareBefore,
      @Nullable Long leftAfterMillis,
      int failed,
      long p99BeforeNanos,
      long p99DuringNanos,
      @Nullable Long backAfterMillis) {}

  private record Key(Cell cell, String target, long fromMillis) {}

  private record BurstKey(int round, Cell cell) {}

  /**
   * Summarises every disturbance of a run, cell by cell in the order of the records.
   *
   * @param samples of the run
   */
  public static List<DisturbanceFigures> of(
      Run run, List<DisturbanceRecord> records, RunSamples samples) {
    if (records.isEmpty()) {
      return List.of();
    }
    Map<BurstKey, BurstRecord> bursts = new LinkedHashMap<>();
    for (BurstRecord burst : run.bursts()) {
      if (burst.phase() == Phase.MEASURED) {
        bursts.put(new BurstKey(burst.round(), burst.cell()), burst);
      }
    }
    // A burst that was repeated has two records: the last one is that of the burst that counts.
    Map<Key, Map<Integer, DisturbanceRecord>> grouped = new LinkedHashMap<>();
    for (DisturbanceRecord it : records) {
      Key key = new Key(new Cell(it.path(), it.balancer()), it.target(), it.fromMillis());
      grouped.computeIfAbsent(key, any -> new LinkedHashMap<>()).put(it.round(), it);
    }
    long timeoutNanos = Duration.ofMillis(run.settings().timeoutMillis()).toNanos();
    List<DisturbanceFigures> figures = new ArrayList<>();
    grouped.forEach(
        (key, rounds) -> {
          DisturbanceRecord first = rounds.values().iterator().next();
          List<Round> measured = new ArrayList<>();
          List<String> problems = new ArrayList<>();
          Timeline.Builder timeline = new Timeline.Builder();
          for (DisturbanceRecord it : rounds.values()) {
            BurstKey burst = new BurstKey(it.round(), key.cell());
            BurstRecord record = bursts.get(burst);
            List<Request> own = new ArrayList<>();
            if (record != null) {
              samples.forEach(
                  record, sample -> own.add(Request.of(sample, it.target(), timeoutNanos)));
            }
            if (it.began() == null || it.ended() == null || record == null || own.isEmpty()) {
              problems.add(
                  "round %d: %s"
                      .formatted(
                          it.round(),
                          it.problem() == null ? "it did not take place" : it.problem()));
              continue;
            }
            long began = Duration.between(record.startedAt(), it.began()).toNanos();
            long ended = Duration.between(record.startedAt(), it.ended()).toNanos();
            measured.add(round(it.round(), own, began, ended));
            timeline.add(own, began);
          }
          figures.add(
              new DisturbanceFigures(
                  key.cell(),
                  key.target(),
                  first.number(),
                  first.what(),
                  first.fromMillis(),
                  first.untilMillis() - first.fromMillis(),
                  measured,
                  problems,
                  timeline.build()));
        });
    return figures;
  }

  private static Round round(int round, List<Request> requests, long began, long ended) {
    Timeline.Builder builder = new Timeline.Builder();
    builder.add(requests, began);
    Timeline timeline = builder.build();
    double share = timeline.shareBefore();
    int end = Timeline.bin(ended - began);
    return new Round(
        round,
        share,
        timeline.firstSecond(
            0,
            end,
            any -> true,
            second -> second.toTarget() + second.failed() < LEFT * share * second.requests()),
        (int) within(requests, began, Long.MAX_VALUE).stream().filter(Request::failed).count(),
        Timeline.p99(within(requests, 0, began)),
        Timeline.p99(within(requests, began, ended)),
        timeline.firstSecond(
            end,
            Integer.MAX_VALUE,
            tenth -> tenth.toTarget() > 0,
            second ->
                second.failed() == 0 && second.toTarget() >= BACK * share * second.requests()));
  }

  private static List<Request> within(List<Request> requests, long from, long until) {
    return requests.stream()
        .filter(it -> it.intendedNanos() >= from && it.intendedNanos() < until)
        .toList();
  }
}
