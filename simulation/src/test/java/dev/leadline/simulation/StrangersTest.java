package dev.leadline.simulation;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.simulation.engine.LoadReports.Kind;
import dev.leadline.simulation.engine.Simulation;
import dev.leadline.simulation.scenario.Scenarios;
import org.junit.jupiter.api.Test;

/** What docs/policies/load-reports.md says, by two seeds. */
class StrangersTest {

  @Test
  void trueReportsHelpAndLiesDoNoHarm() {
    double silent = p99Millis(Kind.SILENT);
    assertTrue(p99Millis(Kind.TRUE) < 0.97 * silent, "the truth");
    assertTrue(p99Millis(Kind.HUGE) < silent, "one says a million");
    assertTrue(p99Millis(Kind.ALL_RAVE) < 1.05 * silent, "all say random numbers");
  }

  private static double p99Millis(Kind kind) {
    double sum = 0;
    for (int seed = 1; seed <= 2; seed++) {
      sum +=
          Simulation.run(
                  Scenarios.named("identical, load .80"),
                  Contenders.named("leadline+round_robin/50/" + kind).orElseThrow(),
                  seed)
              .p99Millis();
    }
    return sum / 2;
  }
}
