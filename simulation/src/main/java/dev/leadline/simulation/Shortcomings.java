package dev.leadline.simulation;

import static dev.leadline.simulation.Markdown.millis;
import static dev.leadline.simulation.Markdown.number;
import static dev.leadline.simulation.Ranking.FLAGSHIP;
import static dev.leadline.simulation.Ranking.NEAR;
import static dev.leadline.simulation.Ranking.POLICIES;

import dev.leadline.simulation.engine.Figures;
import dev.leadline.simulation.scenario.Scenario;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleFunction;
import java.util.function.ToDoubleFunction;

/** The part of the document that says where another policy is better than the flagship. */
record Shortcomings(Ranking ranking, List<Scenario> scenarios) {

  /** One error in ten thousand requests more does not matter. */
  static final double NEGLIGIBLE_ERRORS = 1e-4;

  /** In how many scenarios the flagship's figure is near that of the best other policy. */
  static long nearBest(
      Ranking ranking,
      List<Scenario> scenarios,
      ToDoubleFunction<Figures> figure,
      double negligible) {
    return scenarios.stream().filter(it -> ranking.isNearBest(it, figure, negligible)).count();
  }

  /** Writes all of it, without a heading. */
  void write(Markdown document) {
    List<List<String>> rows = new ArrayList<>();
    for (Scenario scenario : scenarios) {
      if (ranking.toBest(scenario).mean() > NEAR) {
        String best = ranking.bestOther(scenario);
        rows.add(
            List.of(
                scenario.name(),
                PolicyDocument.column(best),
                ranking.toBest(scenario).shown(2),
                ranking.ratio(scenario, ranking.oracle(scenario), best).shown(2)));
      }
    }
    if (rows.isEmpty()) {
      document.text("In no scenario is another policy's p99 more than 5% lower.\n");
    } else {
      document.text("Another policy's p99 is more than 5% lower in:\n\n");
      document.table(
          List.of("scenario", "best other", "leadline's p99 / its p99", "oracle's p99 / its p99"),
          rows);
    }
    document.text("\nAnother policy's p99.9 is more than 5% lower in:\n\n");
    worse(document, "p99.9", Figures::p999Millis, 0, Markdown::millis);
    document.text(
        "\nAnother policy has fewer errors, by more than 5% and 0.01% of the requests, in:\n\n");
    worse(document, "errors", Figures::errors, NEGLIGIBLE_ERRORS, it -> number(100 * it, 3) + "%");
    document.text("\nThe best other policy's median is more than 10% lower in:\n\n");
    document.table(
        List.of("scenario", "leadline's p50", "lowest p50", "of", "leadline's p99", "its p99"),
        dearMedians());
  }

  /** The scenarios in which another policy has a lower figure, with what that costs it in p99. */
  private void worse(
      Markdown document,
      String what,
      ToDoubleFunction<Figures> figure,
      double negligible,
      DoubleFunction<String> shown) {
    List<List<String>> rows = new ArrayList<>();
    for (Scenario scenario : scenarios) {
      if (!ranking.isNearBest(scenario, figure, negligible)) {
        String best = ranking.bestOther(scenario, figure);
        rows.add(
            List.of(
                scenario.name(),
                shown.apply(ranking.mean(scenario, FLAGSHIP, figure)),
                shown.apply(ranking.mean(scenario, best, figure)),
                PolicyDocument.column(best),
                millis(ranking.p99Millis(scenario, FLAGSHIP)),
                millis(ranking.p99Millis(scenario, best))));
      }
    }
    document.table(
        List.of(
            "scenario", "leadline's " + what, "lowest " + what, "of", "leadline's p99", "its p99"),
        rows);
  }

  private List<List<String>> dearMedians() {
    List<List<String>> rows = new ArrayList<>();
    for (Scenario scenario : scenarios) {
      String lowest =
          POLICIES.stream()
              .min((one, other) -> Double.compare(p50(scenario, one), p50(scenario, other)))
              .orElseThrow();
      if (p50(scenario, FLAGSHIP) > 1.1 * p50(scenario, lowest)) {
        rows.add(
            List.of(
                scenario.name(),
                millis(p50(scenario, FLAGSHIP)),
                millis(p50(scenario, lowest)),
                PolicyDocument.column(lowest),
                millis(ranking.p99Millis(scenario, FLAGSHIP)),
                millis(ranking.p99Millis(scenario, lowest))));
      }
    }
    return rows;
  }

  private double p50(Scenario scenario, String name) {
    return ranking.mean(scenario, name, Figures::p50Millis);
  }
}
