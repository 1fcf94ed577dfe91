package dev.leadline.routing.policy.builtin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.routing.RequestInFlight;
import dev.leadline.routing.TestGroup;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class PeakEwmaPolicyTest {

  private static final long MILLI = 1_000_000;
  private static final long TAU = Duration.ofSeconds(10).toNanos();

  private final TestGroup group =
      new TestGroup(
          new PeakEwmaPolicy(Duration.ofSeconds(10), Duration.ofMillis(30), Duration.ofSeconds(5)),
          1);

  private void request(long millis) {
    RequestInFlight request = group.open();
    group.nowNanos += millis * MILLI;
    request.succeeded();
  }

  private double load() {
    return group.router.load(group.state(0));
  }

  @Test
  void aSlowAnswerReplacesTheAverageAtOnce() {
    request(200);
    assertEquals(200 * MILLI, load(), 1);
  }

  /** Catches a decay by count: one quick answer after a whole tau weighs 1 - 1/e. */
  @Test
  void aQuickOneBringsItDownAsTimePasses() {
    request(200);
    RequestInFlight quick = group.open();
    group.nowNanos += TAU;
    RequestInFlight other = group.open();
    group.nowNanos += 100 * MILLI;
    other.succeeded();
    double kept = Math.exp(-1 - 0.01);
    double average = 200 * kept + 100 * (1 - kept);
    assertEquals(2 * average * MILLI, load(), 0.001 * MILLI, "one is in flight");
    quick.ignored();
  }

  /** Catches an avoided target that is avoided for ever. */
  @Test
  void whileNothingIsInFlightTheAverageFades() {
    request(200);
    group.nowNanos += TAU;
    group.router.tick();
    assertEquals(200 * MILLI / Math.E, load(), 1);
  }

  @Test
  void requestsInFlightMultiplyIt() {
    request(100);
    group.open();
    group.open();
    assertEquals(300 * MILLI, load(), 1);
  }

  /** Catches the black hole: failing in no time must not look fast. */
  @Test
  void aFailureCountsAsTheDeadline() {
    group.open().failed();
    assertEquals(5000 * MILLI, load(), 1);
    TestGroup two = new TestGroup(Policies.named("peak_ewma").orElseThrow().withDefaults(), 1, 1);
    int failed = 0;
    for (int i = 0; i < 1000; i++) {
      RequestInFlight request = two.open();
      two.nowNanos += MILLI;
      if (request.target().index() == 0) {
        failed++;
        request.failed();
      } else {
        two.nowNanos += 10 * MILLI;
        request.succeeded();
      }
    }
    assertTrue(failed < 10, failed + " of 1000 went to the target that fails");
  }
}
