package dev.leadline.bench.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.leadline.bench.SampleBuilder;
import dev.leadline.bench.Samples;
import dev.leadline.bench.plan.Phase;
import dev.leadline.bench.record.DisturbanceRecord;
import dev.leadline.bench.record.Run;
import dev.leadline.bench.record.Run.BurstRecord;
import dev.leadline.bench.record.RunSamples;
import dev.leadline.bench.record.Sample;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Requests every 5 ms for 20 s, of which the target i-2 gets every second one. */
final class DisturbanceFiguresTest {
  private static final int PER_SECOND = 200;
  private static final int SECONDS = 20;
  private static final long MILLI = Samples.MILLI;

  private final Run run = Samples.run(Samples.lab(), 1);
  private final BurstRecord burst =
      run.bursts().stream()
          .filter(it -> it.phase() == Phase.MEASURED && it.balancer().equals("alb"))
          .findFirst()
          .orElseThrow();

  private record Fate(@Nullable String target, long millis, @Nullable String error) {}

  private static Fate good(int index) {
    return new Fate(index % 2 == 0 ? "i-1" : "i-2", 10, null);
  }

  private List<Sample> samples(IntFunction<Fate> fateAtMillis) {
    List<Sample> samples = new ArrayList<>();
    for (int index = 0; index < PER_SECOND * SECONDS; index++) {
      long at = index * 1000L / PER_SECOND;
      Fate fate = fateAtMillis.apply(index);
      long end = (at + fate.millis()) * MILLI;
      SampleBuilder request = SampleBuilder.of(burst.planned(), index).due(at * MILLI);
      samples.add(
          fate.error() == null
              ? request.answered(end).by(fate.target()).build()
              : request.failed(end, fate.error()).build());
    }
    return samples;
  }

  private DisturbanceRecord record(@Nullable Instant began, @Nullable Instant ended) {
    return new DisturbanceRecord(
        1,
        "/p",
        "alb",
        "i-2",
        2,
        "freeze",
        5000,
        15_000,
        began,
        ended,
        began == null ? "no" : null);
  }

  private DisturbanceFigures figures(IntFunction<Fate> fates) {
    DisturbanceRecord record =
        record(burst.startedAt().plusSeconds(5), burst.startedAt().plusSeconds(15));
    return DisturbanceFigures.of(run, List.of(record), RunSamples.of(samples(fates))).get(0);
  }

  private static int millis(int index) {
    return index * 1000 / PER_SECOND;
  }

  /** Frozen at 5 s, left at 7.5 s, back at 15 s, used again at 16.2 s. */
  @Test
  void timesCountFromTheBeginningAndTheEndOfTheDisturbance() {
    DisturbanceFigures figures =
        figures(
            index -> {
              int at = millis(index);
              if (at >= 5000 && at < 7500) {
                return index % 2 == 0
                    ? new Fate("i-1", 10, null)
                    : new Fate("i-2", 15_010 - at, null);
              }
              return at >= 7500 && at < 16_200 ? new Fate("i-1", 12, null) : good(index);
            });
    assertEquals(
        List.of(new DisturbanceFigures.Round(1, 0.5, 2500L, 0, 10 * MILLI, 9_805 * MILLI, 1200L)),
        figures.rounds());
    assertEquals(10_000, figures.lengthMillis());
    assertEquals(-50, figures.timeline().first());
    assertEquals(SECONDS * 10, figures.timeline().tenths().size());
  }

  /** A request that fails may have gone to the target: a balancer that keeps on failing stays. */
  @Test
  void failuresAreNoSignThatATargetWasLeft() {
    DisturbanceFigures figures =
        figures(
            index -> {
              int at = millis(index);
              return at >= 5000 && at < 15_000 && index % 2 == 1
                  ? new Fate(null, 1, "status 500")
                  : good(index);
            });
    DisturbanceFigures.Round round = figures.rounds().get(0);
    assertEquals(null, round.leftAfterMillis());
    assertEquals(10 * PER_SECOND / 2, round.failed());
    assertEquals(0L, round.backAfterMillis());
  }

  @Test
  void aTrialNowAndThenIsNoUse() {
    DisturbanceFigures figures =
        figures(
            index -> {
              int at = millis(index);
              boolean trial = index % 101 == 0;
              return at >= 5000 && at < 20_000 && !trial
                  ? new Fate("i-1", 12, null)
                  : new Fate(trial ? "i-2" : index % 2 == 0 ? "i-1" : "i-2", 10, null);
            });
    assertEquals(0L, figures.rounds().get(0).leftAfterMillis());
    assertEquals(null, figures.rounds().get(0).backAfterMillis());
  }

  @Test
  void aRoundThatWasNotDisturbedIsNoRound() {
    DisturbanceFigures figures =
        DisturbanceFigures.of(
                run,
                List.of(record(null, null)),
                RunSamples.of(samples(DisturbanceFiguresTest::good)))
            .get(0);
    assertEquals(List.of(), figures.rounds());
    assertEquals(List.of("round 1: no"), figures.problems());
  }

  /** A burst that was spoiled and repeated is disturbed twice: the second time counts. */
  @Test
  void theLastRecordOfARoundCounts() {
    DisturbanceRecord second =
        record(burst.startedAt().plusSeconds(5), burst.startedAt().plusSeconds(15));
    DisturbanceFigures figures =
        DisturbanceFigures.of(
                run,
                List.of(record(null, null), second),
                RunSamples.of(samples(DisturbanceFiguresTest::good)))
            .get(0);
    assertEquals(1, figures.rounds().size());
    assertEquals(List.of(), figures.problems());
  }
}
