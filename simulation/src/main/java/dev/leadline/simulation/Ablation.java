package dev.leadline.simulation;

import dev.leadline.routing.policy.leadline.LeadlinePolicy.Ingredient;
import dev.leadline.simulation.engine.Contender;
import dev.leadline.simulation.scenario.Scenario;
import dev.leadline.simulation.scenario.Scenarios;
import java.util.List;

/**
 * An ingredient of the flagship switched off, in a scenario where it matters.
 *
 * @param contender the flagship without it
 */
record Ablation(Contender contender, Scenario scenario) {

  static final List<Ablation> ALL =
      List.of(
          without(Ingredient.ATTRIBUTED_TIME, Scenarios.ONE_SLOW),
          without(Ingredient.SHRINKAGE, Scenarios.BIMODAL),
          without(Ingredient.ERROR_SCORE, Scenarios.FLAKY),
          without(Ingredient.CIRCUIT_BREAKER, Scenarios.FEW_AND_BLACK_HOLE),
          without(Ingredient.TRIAL_REQUESTS, Scenarios.BLACK_HOLE),
          without(Ingredient.RECOVERY_DETECTOR, Scenarios.RECOVERED),
          without(Ingredient.LONG_POLLS, Scenarios.LONG_POLLS),
          without(Ingredient.PREFERENCE, Scenarios.SIX_BALANCERS),
          without(Ingredient.LATE_BINDING, Scenarios.IDENTICAL_90));

  static Ablation without(Ingredient one, String scenario) {
    return new Ablation(Contenders.without(one), Scenarios.named(scenario));
  }
}
