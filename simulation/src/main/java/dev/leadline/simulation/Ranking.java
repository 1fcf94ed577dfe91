package dev.leadline.simulation;

import dev.leadline.simulation.Results.Estimate;
import dev.leadline.simulation.engine.Contender;
import dev.leadline.simulation.engine.Figures;
import dev.leadline.simulation.engine.Simulation;
import dev.leadline.simulation.scenario.Scenario;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Which policy is best in which scenario, and by how much. */
record Ranking(Results results) {

  static final String FLAGSHIP = Contenders.FLAGSHIP;
  static final List<String> POLICIES = names(Contenders.policies());
  static final List<String> RIVALS = List.of("least_outstanding_requests", "peak_ewma", "prequal");

  /** A policy within this factor of the best counts as equally good. */
  static final double NEAR = 1.05;

  private static final List<String> ORACLES = names(Contenders.oracles());
  private static final List<String> OTHERS =
      POLICIES.stream().filter(it -> !it.equals(FLAGSHIP)).toList();
  private static final double DEADLINE_MILLIS = Simulation.DEADLINE_NANOS / 1e6;

  private static List<String> names(List<Contender> contenders) {
    return contenders.stream().map(Contender::name).toList();
  }

  double mean(Scenario scenario, String name, ToDoubleFunction<Figures> figure) {
    return results.mean(scenario.name(), name, figure);
  }

  double p99Millis(Scenario scenario, String name) {
    return mean(scenario, name, Figures::p99Millis);
  }

  /** The figure that decides: p99, or the errors where the p99 of every policy is the deadline. */
  private ToDoubleFunction<Figures> measure(Scenario scenario) {
    boolean hopeless = POLICIES.stream().allMatch(it -> p99Millis(scenario, it) >= DEADLINE_MILLIS);
    return hopeless ? Figures::errors : Figures::p99Millis;
  }

  /** The best of the other policies by this figure. */
  String bestOther(Scenario scenario, ToDoubleFunction<Figures> figure) {
    return OTHERS.stream()
        .min(Comparator.comparingDouble(it -> mean(scenario, it, figure)))
        .orElseThrow();
  }

  /**
   * Whether the flagship's figure is at most 5% above that of the best other policy, or so little
   * above it that it does not matter.
   */
  boolean isNearBest(Scenario scenario, ToDoubleFunction<Figures> figure, double negligible) {
    double best = mean(scenario, bestOther(scenario, figure), figure);
    return mean(scenario, FLAGSHIP, figure) <= Math.max(NEAR * best, best + negligible);
  }

  /** The best of the policies that are not the flagship. */
  String bestOther(Scenario scenario) {
    return best(scenario, OTHERS);
  }

  /** The oracle with the best rule for this scenario. */
  String oracle(Scenario scenario) {
    return best(scenario, ORACLES);
  }

  private String best(Scenario scenario, List<String> names) {
    ToDoubleFunction<Figures> measure = measure(scenario);
    return names.stream()
        .min(Comparator.comparingDouble(it -> mean(scenario, it, measure)))
        .orElseThrow();
  }

  /** The ratio of two contenders' figures, computed per seed. */
  Estimate ratio(Scenario scenario, String one, String other) {
    return results.ratio(scenario.name(), one, other, measure(scenario));
  }

  /** The ratio of the flagship's figure to the best other policy's. */
  Estimate toBest(Scenario scenario) {
    return ratio(scenario, FLAGSHIP, bestOther(scenario));
  }

  /** How far a policy's figure is above that of the best policy, as a part of it. */
  double regret(Scenario scenario, String name) {
    ToDoubleFunction<Figures> measure = measure(scenario);
    return mean(scenario, name, measure) / mean(scenario, best(scenario, POLICIES), measure) - 1;
  }
}
