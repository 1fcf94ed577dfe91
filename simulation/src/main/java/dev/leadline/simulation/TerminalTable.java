package dev.leadline.simulation;

import dev.leadline.simulation.engine.Figures;
import dev.leadline.simulation.scenario.Scenario;
import java.util.List;
import java.util.Locale;

/** A table for the terminal: each scenario, followed by a line for each contender. */
final class TerminalTable {

  private TerminalTable() {}

  static String of(Results results, List<Scenario> scenarios, List<String> contenders) {
    StringBuilder text = new StringBuilder();
    for (Scenario scenario : scenarios) {
      String first = contenders.get(0);
      text.append(scenario.name()).append("; seeds: ").append(results.seeds()).append("\n");
      text.append(
          String.format(
              Locale.ROOT,
              "%-40s %9s %9s %9s %9s %8s %7s %7s %7s %7s %7s  %s%n",
              "",
              "p50 ms",
              "p90",
              "p99",
              "p99.9",
              "errors %",
              "bad %",
              "divert",
              "recover",
              "oscill.",
              "probes",
              "p99 / " + first));
      for (String contender : contenders) {
        text.append(line(results, scenario.name(), contender, first));
      }
      text.append("\n");
    }
    return text.toString();
  }

  private static String line(Results results, String scenario, String contender, String first) {
    return String.format(
        Locale.ROOT,
        "%-40s %9.1f %9.1f %9.1f %9.1f %8.3f %7s %7s %7s %7.2f %7.3f  %s%n",
        contender,
        results.mean(scenario, contender, Figures::p50Millis),
        results.mean(scenario, contender, Figures::p90Millis),
        results.mean(scenario, contender, Figures::p99Millis),
        results.mean(scenario, contender, Figures::p999Millis),
        100 * results.mean(scenario, contender, Figures::errors),
        orNothing(100 * results.mean(scenario, contender, Figures::watchedShare)),
        orNothing(results.median(scenario, contender, Figures::divertSeconds)),
        orNothing(results.median(scenario, contender, Figures::recoverSeconds)),
        results.mean(scenario, contender, Figures::oscillation),
        results.mean(scenario, contender, Figures::probesPerRequest),
        results.ratio(scenario, contender, first, Figures::p99Millis).shown(3));
  }

  private static String orNothing(double value) {
    if (Double.isNaN(value)) {
      return "";
    }
    return Double.isInfinite(value) ? "never" : String.format(Locale.ROOT, "%.1f", value);
  }
}
