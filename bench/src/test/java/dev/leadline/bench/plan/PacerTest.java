package dev.leadline.bench.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PacerTest {
  private static final long MILLI = 1_000_000;

  private static Load rate(
      double perSecond, int requests, int millis, Arrivals arrivals, int loops) {
    return new Load(
        Pattern.RATE, requests, 10, true, 1, perSecond, perSecond, 1, arrivals, millis, 0, loops);
  }

  private static List<Long> due(Pacer pacer) {
    List<Long> due = new ArrayList<>();
    for (int number = 0; pacer.dueNanos(0, number) != Pacer.END; number++) {
      due.add(pacer.dueNanos(0, number));
    }
    return due;
  }

  @Test
  void aBurstIsDueAtOnce() {
    assertEquals(List.of(0L, 0L, 0L), due(Load.burst(3).pacer(0, 0, 1)));
  }

  @Test
  void aConstantRateHasEqualDistances() {
    Pacer pacer = rate(1000, 0, 3, Arrivals.CONSTANT, 1).pacer(1000, 0, 1);
    assertEquals(List.of(0L, MILLI, 2 * MILLI), due(pacer));
    // A late sender is not forgiven: what is overdue stays due when it was.
    assertEquals(MILLI, pacer.dueNanos(50 * MILLI, 1));
  }

  @Test
  void aNumberOfRequestsEndsARateBeforeItsDurationDoes() {
    assertEquals(5, due(rate(1000, 5, 100, Arrivals.CONSTANT, 1).pacer(1000, 0, 1)).size());
    assertEquals(5, due(rate(1000, 5, 100, Arrivals.POISSON, 1).pacer(1000, 0, 1)).size());
  }

  /** Fails when two loops send the same requests, or each of them all. */
  @Test
  void loopsShareARate() {
    Load load = rate(1000, 0, 5, Arrivals.CONSTANT, 2);
    assertEquals(List.of(0L, 2 * MILLI, 4 * MILLI), due(load.pacer(1000, 0, 1)));
    assertEquals(List.of(MILLI, 3 * MILLI), due(load.pacer(1000, 1, 1)));
    assertEquals(
        List.of(0L, 0L),
        due(
            new Load(Pattern.BURST, 3, 3, false, 1, 0, 0, 1, Arrivals.CONSTANT, 0, 0, 2)
                .pacer(0, 0, 1)));
  }

  /** Fails when a loop with one user of three gets half of the requests. */
  @Test
  void aLoopWithMoreConnectionsGetsMoreRequests() {
    Load load = new Load(Pattern.BURST, 300, 3, true, 100, 0, 0, 1, Arrivals.CONSTANT, 0, 0, 2);
    assertEquals(200, due(load.pacer(0, 0, 1)).size());
    assertEquals(100, due(load.pacer(0, 1, 1)).size());
  }

  /** Mean and variance of the distances are those of an exponential distribution. */
  @Test
  void randomArrivalsAreAPoissonProcessOfTheWholeRate() {
    Load load = rate(2000, 0, 20_000, Arrivals.POISSON, 2);
    List<Long> both = new ArrayList<>(due(load.pacer(2000, 0, 7)));
    both.addAll(due(load.pacer(2000, 1, 7)));
    List<Long> sorted = both.stream().sorted().toList();
    assertEquals(40_000, sorted.size(), 600);
    double squares = 0;
    for (int i = 1; i < sorted.size(); i++) {
      double millis = (sorted.get(i) - sorted.get(i - 1)) / 1e6;
      squares += (millis - 0.5) * (millis - 0.5);
    }
    assertEquals(0.25, squares / sorted.size(), 0.02);
    assertEquals(due(load.pacer(2000, 0, 7)), due(load.pacer(2000, 0, 7)));
    assertNotEquals(due(load.pacer(2000, 0, 7)), due(load.pacer(2000, 0, 8)));
  }

  @Test
  void aUserSendsWhenItIsFreeUntilTheNumberOrTheTimeIsOver() {
    Load load = new Load(Pattern.CLOSED, 10, 2, true, 1, 0, 0, 1, Arrivals.CONSTANT, 100, 0, 1);
    Pacer pacer = load.pacer(0, 0, 1);
    assertEquals(5 * MILLI, pacer.dueNanos(5 * MILLI, 3));
    assertEquals(Pacer.END, pacer.dueNanos(5 * MILLI, 10));
    assertEquals(Pacer.END, pacer.dueNanos(100 * MILLI, 3));
    assertEquals(2, load.users());
  }

  @Test
  void aRampRisesInEqualSteps() {
    Load load = new Load(Pattern.RAMP, 0, 10, true, 1, 100, 400, 4, Arrivals.CONSTANT, 1000, 0, 1);
    assertEquals(List.of(100.0, 200.0, 300.0, 400.0), load.rates());
    assertEquals(1000, load.expectedRequests());
    assertTrue(load.summary().startsWith("100 to 400 requests/s in 4 steps"), load.summary());
  }
}
