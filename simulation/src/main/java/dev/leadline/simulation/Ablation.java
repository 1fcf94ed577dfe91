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
 * @param whole the flagship with it
 */
record Ablation(Contender contender, Contender whole, Scenario scenario) {

  private static final String EXCHANGE = "@0.5/5";

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
          new Ablation(
              Contenders.named(Contenders.without(Ingredient.PEER_COUNTS).name() + EXCHANGE)
                  .orElseThrow(),
              Contenders.named(Contenders.FLAGSHIP + EXCHANGE).orElseThrow(),
              Scenarios.named(Scenarios.SIX_BALANCERS)),
          without(Ingredient.LATE_BINDING, Scenarios.IDENTICAL_90));

  static Ablation without(Ingredient one, String scenario) {
    Contender whole = Contenders.named(Contenders.FLAGSHIP).orElseThrow();
    return new Ablation(Contenders.without(one), whole, Scenarios.named(scenario));
  }
}
