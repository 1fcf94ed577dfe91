package dev.leadline.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.routing.policy.LeadlinePolicy;
import dev.leadline.routing.policy.LeadlinePolicy.Ingredient;
import dev.leadline.routing.policy.LeastOutstandingRequestsPolicy;
import dev.leadline.routing.policy.RoutingPolicy;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * What the flagship promises, each promise in the scenario that would break it, with one fixed
 * seed: the same figures on every machine. And each ingredient taken out breaks one.
 */
class PoliciesTest {

  private static final long SEED = 7;

  private static Samples run(String scenario, RoutingPolicy policy) {
    return Simulation.run(Scenarios.named(scenario), policy, SEED);
  }

  private static double p99(String scenario, RoutingPolicy policy) {
    return run(scenario, policy).percentileMillis(.99);
  }

  private static double toLeastOutstanding(String scenario) {
    return p99(scenario, new LeadlinePolicy())
        / p99(scenario, new LeastOutstandingRequestsPolicy());
  }

  private static RoutingPolicy without(String ingredient) {
    return Objects.requireNonNull(Main.ablations().get(ingredient), ingredient);
  }

  private static void assertBetween(double least, double most, double found) {
    assertTrue(found >= least && found <= most, found + " is not in " + least + " to " + most);
  }

  @Test
  void theSameSeedIsTheSameRun() {
    assertEquals(
        p99(Scenarios.UNEVEN_70, new LeadlinePolicy()),
        p99(Scenarios.UNEVEN_70, new LeadlinePolicy()));
  }

  /** M/M/1 at load .5 has exponential times of mean 20 ms: the simulator itself against theory. */
  @Test
  void theSimulatorAgreesWithTheory() {
    Scenario one =
        Scenario.atLoad("one server", .5, Scenario.same(1, SimulatedServer.Discipline.FIFO, 1))
            .lasting(20, 2020);
    Samples samples = Simulation.run(one, new LeastOutstandingRequestsPolicy(), SEED);
    double network = 2 * Simulation.NETWORK_NANOS / 1e6;
    assertBetween(13.2, 14.6, samples.percentileMillis(.5) - network); // 20 ln 2 = 13.9
    assertBetween(86, 98, samples.percentileMillis(.99) - network); // 20 ln 100 = 92.1
  }

  @Test
  void identicalTargetsUnderLoadGainFromWaiting() {
    assertBetween(0.5, 0.85, toLeastOutstanding(Scenarios.IDENTICAL_90));
    assertBetween(
        0.95,
        1.1,
        p99(Scenarios.IDENTICAL_90, without("lateBinding"))
            / p99(Scenarios.IDENTICAL_90, new LeastOutstandingRequestsPolicy()));
  }

  @Test
  void unevenTargetsGetWhatTheyCanDo() {
    assertBetween(0.3, 0.65, toLeastOutstanding(Scenarios.UNEVEN_70));
  }

  @Test
  void aBurstOnUnevenTargetsEndsInHalfTheTime() {
    assertBetween(0.3, 0.6, toLeastOutstanding(Scenarios.BURSTS));
  }

  @Test
  void whoeverFailsFastIsNotFast() {
    assertBetween(0, 0.001, run(Scenarios.BLACK_HOLE, new LeadlinePolicy()).errorShare());
    double open =
        run(
                Scenarios.BLACK_HOLE,
                new LeadlinePolicy().without(Ingredient.ERROR_SCORE).without(Ingredient.CLOSING))
            .errorShare();
    assertBetween(0.05, 1, open);
  }

  @Test
  void aTargetThatFailsSometimesGetsLittle() {
    assertBetween(0, 0.005, run(Scenarios.FLAKY, new LeadlinePolicy()).errorShare());
    assertBetween(
        0.007, 1, run(Scenarios.FLAKY, new LeastOutstandingRequestsPolicy()).errorShare());
  }

  /** Fails when what was slow once is avoided for ever: soon it has nearly its eighth again. */
  @Test
  void aTargetThatRecoversIsUsedAgain() {
    Scenario after = Scenarios.named(Scenarios.RECOVERED).lasting(60, 80);
    assertBetween(0.08, 0.15, Simulation.run(after, new LeadlinePolicy(), SEED).shareOf(0));
  }

  @Test
  void longPollsDoNotFillTheTargets() {
    assertBetween(0, 1.05, toLeastOutstanding(Scenarios.LONG_POLLS));
    assertEquals(0, run(Scenarios.LONG_POLLS, new LeadlinePolicy()).errorShare());
  }
}
