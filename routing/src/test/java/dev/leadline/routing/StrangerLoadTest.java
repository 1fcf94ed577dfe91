package dev.leadline.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.routing.policy.builtin.LeastOutstandingRequestsPolicy;
import dev.leadline.routing.policy.leadline.LeadlinePolicy;
import java.time.Duration;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

/** Targets say how many requests they have in flight, of whomever. */
class StrangerLoadTest {

  private static final long MILLI = 1_000_000;

  private final SplittableRandom random = new SplittableRandom(5);
  private final TestGroup group = new TestGroup(new LeadlinePolicy(), 1, 1);

  /**
   * Requests one after the other, each of which takes 10 ms and as many more as there are
   * strangers, 0 to 4.
   *
   * @param says what a target says with its answer while it has so many strangers
   */
  private void serve(int requests, IntToDoubleFunction says) {
    int[] strangers = new int[2];
    for (int i = 0; i < requests; i++) {
      RequestInFlight request = group.open();
      int index = request.target().index();
      group.nowNanos += (10 + 10L * strangers[index]) * MILLI;
      strangers[index] = random.nextInt(5);
      group.router.reported(request.target(), says.applyAsDouble(strangers[index]));
      request.succeeded();
      if (i % 50 == 0) {
        group.router.tick();
      }
    }
  }

  /** Says with the answer to a request at this target that it has so many. */
  private void reported(int index, double inFlight) {
    RequestInFlight request = Objects.requireNonNull(group.askFor(group.state(index)).inFlight);
    group.router.reported(group.state(index), inFlight);
    request.ignored();
  }

  private double addsMillis(int index) {
    return 1000 * group.state(index).strangers().seconds(group.nowNanos);
  }

  @Test
  void requestsGoWhereThereAreFewStrangers() {
    serve(3000, strangers -> strangers + 1);
    for (int busy : new int[] {0, 1, 0, 1}) {
      reported(busy, 9);
      assertTrue(addsMillis(busy) > 10, "a stranger costs some milliseconds");
      assertEquals("t" + (1 - busy), group.ask().target());
      group.nowNanos += 500 * MILLI;
    }
  }

  /** A target that once said that it is full gets no request, and so says nothing else. */
  @Test
  void aReportFadesWithinTwoMeanServiceTimes() {
    serve(3000, strangers -> strangers + 1);
    reported(0, 9);
    double whole = addsMillis(0);
    // A request takes 30 ms on average.
    group.nowNanos += 25 * MILLI;
    assertTrue(addsMillis(0) < 0.7 * whole && addsMillis(0) > 0.3 * whole);
    group.nowNanos += 60 * MILLI;
    assertEquals(0, addsMillis(0));
  }

  @Test
  void reportsThatExplainNothingHaveNoEffect() {
    for (IntToDoubleFunction lie :
        new IntToDoubleFunction[] {
          strangers -> 0, strangers -> 1e6, strangers -> 5 - strangers,
        }) {
      serve(3000, lie);
      reported(0, lie.applyAsDouble(1));
      assertEquals(0, addsMillis(0), 0.5);
    }
    serve(3000, strangers -> random.nextInt(50));
    reported(0, 50);
    assertTrue(addsMillis(0) < 16, addsMillis(0) + " ms: less than half of a request");
  }

  /** Catches a target that is honest for an hour and then says what keeps all requests away. */
  @Test
  void aReportIsBounded() {
    serve(3000, strangers -> strangers + 1);
    reported(0, 1e6);
    double mean = group.router.peers().interval().multipliedBy(5).toNanos() / 1e6;
    assertTrue(addsMillis(0) <= 16.1 * mean, addsMillis(0) + " ms of " + mean);
  }

  /** Catches a target that is honest for an hour and then says what attracts all requests. */
  @Test
  void aReportTakesAwayOnlyStrangers() {
    serve(3000, strangers -> strangers + 1);
    for (int i = 0; i < 12; i++) {
      group.askFor(group.state(0));
    }
    reported(0, 0);
    double strangers = addsMillis(0);
    assertTrue(strangers < -10 && strangers > -30, strangers + " ms; 2 strangers are usual");
  }

  /** A long poll says nothing about strangers, and is by far the longest of all. */
  @Test
  void longPollsAreLeftOut() {
    serve(3000, strangers -> strangers + 1);
    reported(0, 9);
    double before = addsMillis(0);
    RequestInFlight longPoll = Objects.requireNonNull(group.askFor(group.state(0)).inFlight);
    group.nowNanos += 10_000 * MILLI;
    longPoll.succeeded();
    reported(0, 9);
    assertEquals(before, addsMillis(0), 0.3 * before);
  }

  @Test
  void whatIsNoNumberOfRequestsIsIgnored() {
    for (double wrong : new double[] {Double.NaN, -1, Double.POSITIVE_INFINITY}) {
      reported(0, wrong);
    }
    assertFalse(group.state(0).strangers().isKnown());
  }

  /** What is of this balancer or of its peers is not of strangers. */
  @Test
  void whatIsKnownIsTakenOff() {
    serve(3000, strangers -> strangers + 1);
    group.nowNanos += 500 * MILLI;
    group.router.peers().heard(0, twoAtEach(), true, Duration.ZERO);
    reported(0, 3);
    double known = addsMillis(0);
    group.router.peers().forget(0);
    reported(0, 3);
    assertTrue(known < addsMillis(0), known + " and " + addsMillis(0));
  }

  private static InFlightCounts twoAtEach() {
    InFlightCounts counts = new InFlightCounts();
    counts.add("t0", 2, 2);
    counts.add("t1", 2, 2);
    return counts;
  }

  /** A policy that measures no service time could not say when a report is too old. */
  @Test
  void anotherPolicyHearsNothingAndForgetsWhatWasHeard() {
    serve(10, strangers -> strangers + 1);
    assertTrue(group.state(0).strangers().isKnown());
    group.router.use(GroupSettings.of(new LeastOutstandingRequestsPolicy()));
    assertFalse(group.state(0).strangers().isKnown());
    reported(0, 9);
    assertFalse(group.state(0).strangers().isKnown());
  }
}
