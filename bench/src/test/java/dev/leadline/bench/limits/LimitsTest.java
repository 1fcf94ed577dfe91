package dev.leadline.bench.limits;

import static dev.leadline.bench.Samples.MILLI;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.bench.Samples;
import dev.leadline.bench.error.BenchException;
import dev.leadline.bench.record.Run;
import dev.leadline.bench.record.RunSamples;
import dev.leadline.bench.stats.BalancerComparison;
import dev.leadline.bench.stats.Figure;
import dev.leadline.bench.stats.Outcome;
import dev.leadline.bench.stats.RunFigures;
import dev.leadline.bench.stats.Spread;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LimitsTest {
  /** Latencies of 100 ms, of the round, and of 0 to 9 ms: p50 107, max and total 114 or 112. */
  private static final RunFigures FIGURES = figures();

  private static RunFigures figures() {
    Run run = Samples.run(Samples.lab(), 5);
    return RunFigures.of(run, RunSamples.of(Samples.samples(run, name -> 100L)));
  }

  private static List<Judgement> judge(String slo) {
    return new Limits(List.of(Slo.parse(slo)), List.of()).judge(FIGURES.cells(), List.of());
  }

  @ParameterizedTest
  @CsvSource({
    "p50<107ms, false",
    "p50<=107ms, true",
    "p50<108ms, true",
    "p99 < 0.1s, false",
    "p99.9<200ms, true",
    "max<=113ms, false",
    "max<=114000us, true",
    "total<=112ms, true",
    "total<112ms, false",
    "average<11.3ms, true",
    "errors<0.1%, true",
    "errors<0%, false",
    "errors<=0%, true",
  })
  void aLimitIsOnEveryCell(String slo, boolean kept) {
    List<Judgement> judgements = judge(slo);
    assertEquals(2, judgements.size());
    judgements.forEach(judgement -> assertEquals(kept, judgement.kept(), judgement.toString()));
  }

  @Test
  void aLimitMayBeOnOneBalancer() {
    List<Judgement> judgements = judge("leadline:p50<50ms");
    assertEquals(
        List.of(new Judgement("leadline:p50<50ms", false, "/p through leadline: 107 ms")),
        judgements);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "p99 | is no limit",
        "p99=200ms | is no limit",
        "p99>200ms | is no limit",
        "p99<200 | is no limit",
        "p99<-1ms | is no limit",
        "p0<1ms | there is no figure 'p0'",
        "p100<1ms | there is no figure 'p100'",
        "p999<1ms | there is no figure 'p999'",
        "speed<1ms | there is no figure 'speed'",
        "p99<5% | p99 is a time, such as 200ms",
        "errors<5ms | errors is a percentage, such as 0.1%",
      })
  void aLimitThatIsNoneIsExplained(String slo, String said) {
    String message =
        String.valueOf(
            assertThrows(IllegalArgumentException.class, () -> Slo.parse(slo.strip()))
                .getMessage());
    assertTrue(message.startsWith("'" + slo.strip() + "'"), message);
    assertTrue(message.contains(said.strip()), message);
  }

  private static BalancerComparison comparison(double change, Outcome outcome) {
    Spread any = new Spread(MILLI, MILLI, MILLI);
    return new BalancerComparison(
        "/p", Figure.P99, 10, "alb", "leadline", any, any, change, 0, 0, 0.5, outcome, 0.2, 25);
  }

  /** Fails when noise breaks a build, or when a small but certain change does. */
  @ParameterizedTest
  @CsvSource({
    "0.2, WORSE, false",
    "0.2, NO_DIFFERENCE_SHOWN, true",
    "0.2, NOT_ENOUGH_ROUNDS, true",
    "0.08, WORSE, true",
    "-0.2, BETTER, true",
  })
  void aChangeBreaksItsLimitWhereItIsShownAndLarge(double change, Outcome outcome, boolean kept) {
    Limits limits = new Limits(List.of(), List.of(ChangeLimit.parse("p99 > +10%")));
    List<Judgement> judgements = limits.judge(List.of(), List.of(comparison(change, outcome)));
    assertEquals(List.of(kept), judgements.stream().map(Judgement::kept).toList());
  }

  @Test
  void aLargeChangeThatMayBeNoiseIsSaidToBe() {
    Limits limits = new Limits(List.of(), List.of(ChangeLimit.parse("leadline:p99>10%")));
    assertEquals(
        "/p through leadline: +20.0%, but that may be noise: some 25 rounds would show a difference",
        limits
            .judge(List.of(), List.of(comparison(0.2, Outcome.NO_DIFFERENCE_SHOWN)))
            .get(0)
            .found());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "p99 | is no limit of a change",
        "p99 < 10% | is no limit of a change",
        "p99 > -10% | is no limit of a change",
        "p99 > 10ms | is no limit of a change",
        "p90 > 10% | 'p90' is not compared",
      })
  void aChangeThatIsNoneIsExplained(String change, String said) {
    String message =
        String.valueOf(
            assertThrows(IllegalArgumentException.class, () -> ChangeLimit.parse(change.strip()))
                .getMessage());
    assertTrue(message.contains(said.strip()), message);
    assertTrue(message.contains("'p99 > +10%'"), message);
  }

  /** A limit on nothing is always kept, and a misspelt name would make a build green for ever. */
  @Test
  void aLimitOnNothingIsRefused() {
    Limits slo = new Limits(List.of(Slo.parse("nobody:p99<1ms")), List.of());
    assertThrows(BenchException.class, () -> slo.check(List.of("a", "b"), List.of("b")));
    Limits ofBaseline = new Limits(List.of(), List.of(ChangeLimit.parse("a:p99>1%")));
    assertThrows(BenchException.class, () -> ofBaseline.check(List.of("a", "b"), List.of("b")));
    Limits alone = new Limits(List.of(), List.of(ChangeLimit.parse("p99>1%")));
    assertThrows(BenchException.class, () -> alone.check(List.of("a"), List.of()));
    alone.check(List.of("a", "b"), List.of("b"));
  }
}
