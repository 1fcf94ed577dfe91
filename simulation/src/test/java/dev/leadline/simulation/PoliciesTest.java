package dev.leadline.simulation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.routing.policy.leadline.LeadlinePolicy.Ingredient;
import dev.leadline.simulation.engine.Contender;
import dev.leadline.simulation.engine.Figures;
import dev.leadline.simulation.engine.Simulation;
import dev.leadline.simulation.scenario.GroupScenarios;
import dev.leadline.simulation.scenario.Scenario;
import dev.leadline.simulation.scenario.Scenarios;
import org.junit.jupiter.api.Test;

/**
 * What the flagship promises, each promise in the scenario that would break it, with one fixed
 * seed: the same figures on every machine. And each ingredient taken out breaks one.
 */
class PoliciesTest {

  private static final long SEED = 7;

  private static Figures run(String scenario, Contender contender) {
    return Simulation.run(Scenarios.named(scenario), contender, SEED);
  }

  private static Contender policy(String name) {
    return Contenders.policies().stream()
        .filter(it -> it.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static final Contender LEADLINE = policy("leadline");
  private static final Contender LEAST_OUTSTANDING = policy("least_outstanding_requests");

  private static double p99(String scenario, Contender contender) {
    return run(scenario, contender).p99Millis();
  }

  private static double toLeastOutstanding(String scenario) {
    return p99(scenario, LEADLINE) / p99(scenario, LEAST_OUTSTANDING);
  }

  private static double without(Ingredient one, String scenario) {
    return p99(scenario, Contenders.without(one)) / p99(scenario, LEADLINE);
  }

  private static void assertBetween(double least, double most, double found) {
    assertTrue(found >= least && found <= most, found + " is not in " + least + " to " + most);
  }

  @Test
  void theSameSeedIsTheSameRun() {
    assertEquals(p99(Scenarios.UNEVEN_70, LEADLINE), p99(Scenarios.UNEVEN_70, LEADLINE));
  }

  @Test
  void identicalTargetsUnderLoadGainFromWaiting() {
    assertBetween(0.55, 0.8, toLeastOutstanding(Scenarios.IDENTICAL_90));
    assertBetween(1.2, 1.6, without(Ingredient.LATE_BINDING, Scenarios.IDENTICAL_90));
  }

  /** Catches loops that do not see each other's requests, or learn each for itself what fits. */
  @Test
  void fourEventLoopsRouteAsWellAsOne() {
    Contender loops = Contenders.named("leadline:4").orElseThrow();
    String scenario = "identical, load .80";
    assertBetween(0.9, 1.1, p99(scenario, loops) / p99(scenario, LEADLINE));
    assertBetween(1.3, 1.7, p99(Scenarios.SIX_BALANCERS, LEADLINE) / p99(scenario, LEADLINE));
  }

  @Test
  void unevenTargetsGetWhatTheyCanDo() {
    assertBetween(0.4, 0.6, toLeastOutstanding(Scenarios.UNEVEN_70));
  }

  @Test
  void aBurstOnUnevenTargetsEndsInHalfTheTime() {
    assertBetween(0.35, 0.55, toLeastOutstanding(Scenarios.BURSTS));
  }

  @Test
  void whoeverFailsFastIsNotFast() {
    assertBetween(0, 0.001, run(Scenarios.BLACK_HOLE, LEADLINE).errors());
    assertBetween(0, 8, run(Scenarios.BLACK_HOLE, LEADLINE).recoverSeconds());
    Contender open = policy("least_outstanding_requests without ejection");
    assertBetween(0.05, 1, run(Scenarios.BLACK_HOLE, open).errors());
    assertBetween(0, 0.001, run(Scenarios.BLACK_HOLE, LEAST_OUTSTANDING).errors());
  }

  /** Fails when a closed target is closed for ever. */
  @Test
  void withoutTrialsAClosedTargetStaysClosed() {
    assertEquals(
        Double.POSITIVE_INFINITY,
        run(Scenarios.BLACK_HOLE, Contenders.without(Ingredient.TRIAL_REQUESTS)).recoverSeconds());
  }

  /** Fails when trials are as frequent for few requests as for many. */
  @Test
  void whereRequestsAreFewSoAreTrials() {
    assertBetween(0, 0.003, run(Scenarios.FEW_AND_BLACK_HOLE, LEADLINE).errors());
    assertBetween(
        0.004,
        1,
        run(Scenarios.FEW_AND_BLACK_HOLE, Contenders.without(Ingredient.CIRCUIT_BREAKER)).errors());
    assertBetween(0, 40, run(Scenarios.FEW_AND_BLACK_HOLE, LEADLINE).recoverSeconds());
  }

  /** Fails when chance in errors that all targets share opens circuits: targets are missed then. */
  @Test
  void errorsThatAllTargetsShareCloseNobodyOff() {
    for (double share : new double[] {.001, .005}) {
      Scenario scenario = Scenarios.everyTargetFails(share);
      double leadline = Simulation.run(scenario, LEADLINE, SEED).p99Millis();
      double others = Simulation.run(scenario, LEAST_OUTSTANDING, SEED).p99Millis();
      assertBetween(0.5, 1.05, leadline / others);
    }
  }

  /** Fails when waiting for others at a target counts as its own slowness. */
  @Test
  void whoHasMuchToDoIsNotSlow() {
    assertBetween(5, 100, without(Ingredient.ATTRIBUTED_TIME, Scenarios.ONE_SLOW));
  }

  @Test
  void aTargetThatFailsSometimesGetsLittle() {
    assertBetween(0, 0.0007, run(Scenarios.FLAKY, LEADLINE).errors());
    assertBetween(0, 0.0008, run(Scenarios.FAILS_LATE, LEADLINE).errors());
    assertBetween(
        0.002, 1, run(Scenarios.FLAKY, Contenders.without(Ingredient.ERROR_SCORE)).errors());
  }

  /** Fails when what was slow once is avoided for ever, or for as long as it was slow. */
  @Test
  void aTargetThatRecoversIsUsedAgain() {
    assertBetween(0, 3, run(Scenarios.RECOVERED, LEADLINE).recoverSeconds());
  }

  @Test
  void longPollsDoNotFillTheTargets() {
    assertBetween(0.4, 0.75, toLeastOutstanding(Scenarios.LONG_POLLS));
    assertBetween(1.4, 2.5, without(Ingredient.LONG_POLLS, Scenarios.LONG_POLLS));
    assertEquals(0, run(Scenarios.LONG_POLLS, LEADLINE).errors());
  }

  @Test
  void balancersSideBySideKeepApart() {
    assertBetween(0.65, 0.9, toLeastOutstanding(Scenarios.SIX_BALANCERS));
    assertBetween(1.08, 1.4, without(Ingredient.PREFERENCE, Scenarios.SIX_BALANCERS));
  }

  /** Catches counts that are not added, not divided among, or used when they are old. */
  @Test
  void balancersThatTellEachOtherRouteNearlyAsOne() {
    double together = p99(Scenarios.SIX_BALANCERS, exchanging("leadline@0.5/5"));
    assertBetween(1.05, 1.2, together / p99("identical, load .80", LEADLINE));
    assertBetween(0.7, 0.88, together / p99(Scenarios.SIX_BALANCERS, LEADLINE));
  }

  /** Catches balancers that wait for full targets although slow ones are needed. */
  @Test
  void balancersThatTellEachOtherUseSlowTargetsThatAreNeeded() {
    Scenario slow =
        GroupScenarios.withSix(
            Scenarios.named("half of 8 four times slower, eight workers in a queue, load .90"));
    double together = Simulation.run(slow, exchanging("leadline@0.5/5"), SEED).p99Millis();
    assertBetween(0.9, 1.04, together / Simulation.run(slow, LEADLINE, SEED).p99Millis());
  }

  /** To the last digit: no message, none that is used, and nobody to send one. */
  @Test
  void whoHearsNobodyRoutesAsBefore() {
    double[] alone = digits(Scenarios.SIX_BALANCERS, LEADLINE);
    String off = "leadline without peerCounts@0.5/5";
    for (String name : new String[] {"leadline@0.5/100", off}) {
      assertArrayEquals(alone, digits(Scenarios.SIX_BALANCERS, exchanging(name)), name);
    }
    assertArrayEquals(
        digits(Scenarios.UNEVEN_70, LEADLINE),
        digits(Scenarios.UNEVEN_70, exchanging("leadline@0.5/5")));
  }

  private static double[] digits(String scenario, Contender contender) {
    Figures it = run(scenario, contender);
    return new double[] {it.requests(), it.meanMillis(), it.p99Millis(), it.p999Millis()};
  }

  /** Catches a bound that is missing: the liar alone decides where the others send. */
  @Test
  void aBalancerThatLiesDoesLittleHarm() {
    double alone = p99(Scenarios.SIX_BALANCERS, LEADLINE);
    assertBetween(
        0.7, 0.95, p99(Scenarios.SIX_BALANCERS, exchanging("leadline@0.5/5/LIES")) / alone);
    assertBetween(
        0.7, 1.08, p99(Scenarios.SIX_BALANCERS, exchanging("leadline@0.5/5/INVERTS")) / alone);
  }

  private static Contender exchanging(String name) {
    return Contenders.named(name).orElseThrow();
  }

  @Test
  void noiseIsNotTakenForADifference() {
    assertBetween(1.0, 1.3, without(Ingredient.SHRINKAGE, Scenarios.BIMODAL));
  }

  /** Sampling above 64 targets: what it may cost. */
  @Test
  void twoHundredTargetsAreAsGoodAsLookingAtAll() {
    Scenario large = Scenarios.named("200 targets, load .80");
    double all = Simulation.run(large, LEAST_OUTSTANDING, SEED).p99Millis();
    assertBetween(0.95, 1.03, Simulation.run(large, LEADLINE, SEED).p99Millis() / all);
  }
}
