package dev.leadline.simulation;

import static dev.leadline.simulation.Markdown.millis;
import static dev.leadline.simulation.Markdown.percent;

import dev.leadline.simulation.engine.Contender;
import dev.leadline.simulation.engine.Figures;
import dev.leadline.simulation.engine.LoadReports.Kind;
import dev.leadline.simulation.scenario.Scenario;
import dev.leadline.simulation.scenario.Scenarios;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/** Writes docs/policies/load-reports.md: targets that say their load, and have strangers. */
final class ReportDocument {

  private static final Scenario EIGHT = Scenarios.named("identical, load .80");
  private static final String ROUND_ROBIN = Contenders.FLAGSHIP + "+round_robin/50/";
  private static final String LEAST = Contenders.FLAGSHIP + "+least_outstanding_requests/50/";

  /**
   * A scenario with strangers.
   *
   * @param contender its name without what targets say
   * @param strangers who they are, in words
   */
  private record Row(Scenario scenario, String contender, String strangers) {}

  private static final List<Row> ROWS =
      List.of(
          new Row(EIGHT, ROUND_ROBIN, "half of the requests, `round_robin`"),
          new Row(EIGHT, Contenders.FLAGSHIP + "+round_robin/20/", "a fifth, `round_robin`"),
          new Row(EIGHT, Contenders.FLAGSHIP + "+round_robin/80/", "four fifths, `round_robin`"),
          new Row(EIGHT, Contenders.FLAGSHIP + "+random/50/", "half, `random`"),
          new Row(EIGHT, LEAST, "half, LOR"),
          new Row(Scenarios.named(Scenarios.UNEVEN_70), LEAST, "half, LOR"),
          new Row(Scenarios.named(Scenarios.ONE_SLOW), LEAST, "half, LOR"),
          new Row(Scenarios.named(Scenarios.BIMODAL), ROUND_ROBIN, "half, `round_robin`"),
          new Row(Scenarios.named(Scenarios.SIX_BALANCERS), ROUND_ROBIN, "half, `round_robin`"),
          new Row(Scenarios.named(Scenarios.SIX_BALANCERS), LEAST, "half, LOR"),
          new Row(
              Scenarios.named(Scenarios.SIX_BALANCERS),
              Contenders.FLAGSHIP + "@0.5/5+round_robin/50/",
              "half, `round_robin`; the six tell each other, 0.5 ms, 5% lost"));

  private final Results results;

  /**
   * Runs what the document shows.
   *
   * @param progress called after every run with the number of runs done and of all runs
   */
  ReportDocument(int seeds, BiConsumer<Integer, Integer> progress) {
    SimulationBatch batch = new SimulationBatch(seeds);
    for (Row it : ROWS) {
      batch.add(
          it.scenario, List.of(named(it.contender, Kind.SILENT), named(it.contender, Kind.TRUE)));
    }
    for (Kind lie : lies()) {
      batch.add(EIGHT, List.of(named(ROUND_ROBIN, lie), named(LEAST, lie)));
    }
    results = batch.run(progress);
  }

  private static Contender named(String contender, Kind kind) {
    return Contenders.named(contender + kind).orElseThrow();
  }

  private static List<Kind> lies() {
    return Stream.of(Kind.values()).filter(it -> it != Kind.SILENT && it != Kind.TRUE).toList();
  }

  /** The whole document. */
  String text() {
    Markdown text = new Markdown().text(LEGEND.formatted(results.seeds()));
    List<List<String>> rows = new ArrayList<>();
    for (Row it : ROWS) {
      rows.add(
          List.of(
              it.scenario.name(),
              it.strangers,
              millis(p99(it, Kind.SILENT)),
              millis(p99(it, Kind.TRUE)),
              ratio(it.scenario, it.contender, Kind.TRUE)));
    }
    text.table(List.of("scenario", "strangers have", "without", "with", "to without"), rows);
    text.text(LIES_LEGEND);
    List<List<String>> lies = new ArrayList<>();
    for (Kind lie : lies()) {
      lies.add(
          List.of(
              lie.meaning(),
              ratio(EIGHT, ROUND_ROBIN, lie),
              ratio(EIGHT, LEAST, lie),
              percent(
                  Math.max(
                      results.mean(EIGHT.name(), ROUND_ROBIN + lie, Figures::errors),
                      results.mean(EIGHT.name(), LEAST + lie, Figures::errors)))));
    }
    text.table(
        List.of("what targets say", "strangers with `round_robin`", "with LOR", "errors"), lies);
    return text.toString();
  }

  private double p99(Row row, Kind kind) {
    return results.mean(row.scenario.name(), row.contender + kind, Figures::p99Millis);
  }

  private String ratio(Scenario scenario, String contender, Kind kind) {
    return results
        .ratio(scenario.name(), contender + kind, contender + Kind.SILENT, Figures::p99Millis)
        .shown(3);
  }

  private static final String LEGEND =
      """
      # Targets that say their load

      `tools/simulate --reports` writes this page; how it is compared: [policies.md](../policies.md). Seeds: %d.

      A share of the requests comes by another load balancer, which tells nobody what it has in flight: the
      strangers. With `loadMetric` each answer says how many requests its target has in flight, and leadline takes its own and its
      peers' off. p99 in ms is that of leadline's requests, strangers' are not counted. "To without": p99 over that of the same without
      reports.

      """;

  private static final String LIES_LEGEND =
      """

      What untrue reports do in "%s", where strangers have half of the requests: p99 over that without reports.

      """
          .formatted(EIGHT.name());
}
