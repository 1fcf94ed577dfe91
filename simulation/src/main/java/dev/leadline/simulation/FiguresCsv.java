package dev.leadline.simulation;

import dev.leadline.simulation.engine.Figures;
import java.util.Locale;

/**
 * All figures as comma-separated values: means over the seeds, and medians of the times to divert
 * and to recover, which may be infinite. A cell without a measurement is empty.
 */
final class FiguresCsv {

  private FiguresCsv() {}

  static String of(Results results) {
    StringBuilder text =
        new StringBuilder(
            "scenario,contender,mean_ms,p50_ms,p90_ms,p99_ms,p999_ms,error_share,watched_share,"
                + "divert_s,recover_s,oscillation,probes_per_request\n");
    for (Results.Cell cell : results.cells().keySet()) {
      String scenario = cell.scenario();
      String contender = cell.contender();
      text.append('"').append(scenario).append("\",\"").append(contender).append('"');
      add(text, results.mean(scenario, contender, Figures::meanMillis), 3);
      add(text, results.mean(scenario, contender, Figures::p50Millis), 3);
      add(text, results.mean(scenario, contender, Figures::p90Millis), 3);
      add(text, results.mean(scenario, contender, Figures::p99Millis), 3);
      add(text, results.mean(scenario, contender, Figures::p999Millis), 3);
      add(text, results.mean(scenario, contender, Figures::errors), 6);
      add(text, results.mean(scenario, contender, Figures::watchedShare), 5);
      add(text, results.median(scenario, contender, Figures::divertSeconds), 1);
      add(text, results.median(scenario, contender, Figures::recoverSeconds), 1);
      add(text, results.mean(scenario, contender, Figures::oscillation), 3);
      add(text, results.mean(scenario, contender, Figures::probesPerRequest), 5);
      text.append('\n');
    }
    return text.toString();
  }

  private static void add(StringBuilder text, double value, int decimals) {
    text.append(',');
    if (!Double.isNaN(value)) {
      text.append(
          Double.isInfinite(value)
              ? "never"
              : String.format(Locale.ROOT, "%." + decimals + "f", value));
    }
  }
}
