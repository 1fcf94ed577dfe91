package dev.leadline.simulation;

import dev.leadline.simulation.engine.Contender;
import dev.leadline.simulation.engine.Figures;
import dev.leadline.simulation.engine.Simulation;
import dev.leadline.simulation.scenario.Scenario;
import dev.leadline.simulation.scenario.Scenarios;
import java.util.List;
import java.util.Locale;

/**
 * Some figures that take seconds to compute, in a form that a test can compare: a document without
 * these, or with others, was made by other code.
 */
final class Fingerprint {

  private static final int SEED = 1;
  private static final List<String> SCENARIOS =
      List.of(
          Scenarios.IDENTICAL_90,
          Scenarios.UNEVEN_70,
          Scenarios.BLACK_HOLE,
          Scenarios.BURSTS,
          Scenarios.LONG_POLLS,
          Scenarios.SIX_BALANCERS);

  private Fingerprint() {}

  /** The block as it stands in the document. */
  static String block() {
    StringBuilder text = new StringBuilder();
    text.append("<!-- fingerprint of the code that made this: p99 in ms and errors, seed 1\n");
    for (String name : SCENARIOS) {
      Scenario scenario = Scenarios.named(name);
      text.append(name).append(":");
      for (Contender contender : Contenders.policies()) {
        Figures figures = Simulation.run(scenario, contender, SEED);
        text.append(
            String.format(Locale.ROOT, " %.3f/%.5f", figures.p99Millis(), figures.errors()));
      }
      text.append("\n");
    }
    return text.append("-->\n").toString();
  }
}
