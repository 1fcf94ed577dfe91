package dev.leadline.bench.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.leadline.bench.SampleBuilder;
import dev.leadline.bench.Samples;
import dev.leadline.bench.plan.Cell;
import dev.leadline.bench.plan.Phase;
import dev.leadline.bench.plan.PlannedBurst;
import dev.leadline.bench.record.Run.Step;
import dev.leadline.bench.record.Sample;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class KneeTest {
  private static final long MILLI = 1_000_000;

  private static StepFigures step(
      double perSecond, double answered, int failed, long medianMillis) {
    return new StepFigures(
        perSecond,
        answered,
        1000,
        failed,
        new Latency(medianMillis * MILLI, 0, 0, 0),
        new Step(perSecond, 0, 1_000_000_000));
  }

  private static final StepFigures FAST = step(100, 100, 0, 10);

  /** Each rule alone finds the knee, and its words name it. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "200 | 0  | 21 | the median latency rose from 10.0 ms to 21.0 ms",
        "189 | 0  | 10 | only 189 requests/s were answered in time",
        "200 | 11 | 10 | 1.1% of the requests failed",
      })
  void twoStepsBeyondItAreTheKnee(double answered, int failed, long medianMillis, String reason) {
    StepFigures beyond = step(200, answered, failed, medianMillis);
    assertEquals(
        "The knee is at 100 requests/s: at 200 requests/s " + reason + ".",
        Knee.of(List.of(FAST, beyond, step(300, 100, 0, 900))).sentence());
  }

  @Test
  void oneStepMayBeChance() {
    StepFigures hiccup = step(200, 200, 0, 50);
    assertFalse(Knee.of(List.of(FAST, hiccup)).passed());
    Knee recovered = Knee.of(List.of(FAST, hiccup, step(300, 300, 0, 11)));
    assertFalse(recovered.passed());
    assertEquals("No knee up to 300 requests/s.", recovered.sentence());
  }

  /** With random arrivals a step of low rate may have none; its median of 0 says nothing. */
  @Test
  void aStepWithoutRequestsIsNoLowestMedian() {
    StepFigures empty =
        new StepFigures(0, 0, 0, 0, new Latency(0, 0, 0, 0), new Step(1, 0, 1_000_000_000));
    assertFalse(Knee.of(List.of(empty, step(2, 2, 0, 20), step(3, 3, 0, 20))).passed());
  }

  /** Twice of next to nothing is no knee. */
  @Test
  void aServerOfMicrosecondsMayDoubleThem() {
    StepFigures slower = step(200, 200, 0, 1);
    assertEquals(
        "No knee up to 200 requests/s.",
        Knee.of(List.of(step(100, 100, 0, 0), slower, slower)).sentence());
  }

  @Test
  void aServerThatFailsFromTheStartHasItsKneeBelow() {
    StepFigures failing = step(100, 0, 1000, 5000);
    assertEquals(
        "The knee is below 100 requests/s: at 100 requests/s 100.0% of the requests failed.",
        Knee.of(List.of(failing, failing)).sentence());
  }

  /** What is due in a step counts there, wherever it ends; an answer long after it is late. */
  @Test
  void aStepHasTheRequestsThatWereDueInIt() {
    PlannedBurst burst = new PlannedBurst(Phase.MEASURED, 1, new Cell("/p", "b"));
    List<Sample> samples = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      long due = i * 10L * MILLI;
      samples.add(
          SampleBuilder.of(burst, i).due(due).answered(due + (i < 90 ? 5 : 3000) * MILLI).build());
    }
    StepFigures second =
        StepFigures.of(
                List.of(new Step(100, 500 * MILLI, 500 * MILLI)),
                samples::forEach,
                Samples.TIMEOUT_NANOS)
            .get(0);
    assertEquals(50, second.requests());
    assertEquals(100, second.offeredPerSecond());
    assertEquals(80, second.answeredPerSecond());
    assertEquals(5 * MILLI, second.latency().p50Nanos());
  }
}
