package dev.leadline.simulation;

import static dev.leadline.simulation.Markdown.millis;
import static dev.leadline.simulation.Markdown.number;
import static dev.leadline.simulation.Markdown.percent;

import dev.leadline.simulation.engine.Contender;
import dev.leadline.simulation.engine.Exchange.Trouble;
import dev.leadline.simulation.engine.Figures;
import dev.leadline.simulation.engine.Simulation;
import dev.leadline.simulation.scenario.GroupScenarios;
import dev.leadline.simulation.scenario.HeldOutScenarios;
import dev.leadline.simulation.scenario.Scenario;
import dev.leadline.simulation.scenario.Scenarios;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/** The part of the document about balancers that tell each other what they have in flight. */
final class GroupSection {

  static final String TITLE = "Balancers that tell each other what they have in flight";

  /** The heading after it. */
  static final String NEXT = "The other percentiles, in ms";

  private static final String ALONE = Contenders.FLAGSHIP;
  private static final String NEAR = ALONE + "@0.5/5";
  private static final String FAR = ALONE + "@1/10";
  private static final String NOTHING_ARRIVES = ALONE + "@0.5/100/" + Trouble.RESTARTS;

  private static final Scenario SIX = Scenarios.named(Scenarios.SIX_BALANCERS);
  private static final List<Scenario> SCENARIOS =
      Stream.concat(
              Stream.of(SIX, Scenarios.named(Scenarios.SIX_AND_ONE_SLOW)),
              GroupScenarios.all().stream())
          .toList();

  private static final List<Scenario> HELD_OUT =
      Stream.concat(
              HeldOutScenarios.all().stream().map(GroupScenarios::withSix),
              GroupScenarios.heldOutAtOnce().stream())
          .toList();

  private static final List<String> COLUMNS =
      List.of("scenario", "exchange", "p50", "p99", "p99.9", "errors", "to one", "to none");

  private final Results results;

  /**
   * Runs what the section shows.
   *
   * @param progress called after every run with the number of runs done and of all runs
   */
  GroupSection(int seeds, BiConsumer<Integer, Integer> progress) {
    SimulationBatch batch = new SimulationBatch(seeds);
    for (Scenario scenario : SCENARIOS) {
      batch.add(scenario, named(ALONE, NEAR, FAR));
      if (scenario.balancers() == SIX.balancers()) {
        batch.add(GroupScenarios.withOne(scenario), named(ALONE));
      }
    }
    for (List<Scenario> some : List.of(GroupScenarios.atOnce(), HELD_OUT)) {
      for (Scenario scenario : some) {
        batch.add(scenario, named(ALONE, NEAR));
        batch.add(GroupScenarios.withOne(scenario), named(ALONE));
      }
    }
    batch.add(SIX, named(NOTHING_ARRIVES));
    for (Trouble trouble : troubles()) {
      batch.add(SIX, named(withTrouble(trouble)));
    }
    results = batch.run(progress);
  }

  private static List<Contender> named(String... names) {
    return Stream.of(names).map(it -> Contenders.named(it).orElseThrow()).toList();
  }

  private static List<Trouble> troubles() {
    return Stream.of(Trouble.values()).filter(it -> it != Trouble.NONE).toList();
  }

  private static String withTrouble(Trouble trouble) {
    return NEAR + "/" + trouble;
  }

  /** The section without its heading. */
  String text() {
    Markdown text = new Markdown().text(LEGEND.formatted(results.seeds()));
    List<List<String>> rows = new ArrayList<>();
    for (Scenario scenario : SCENARIOS) {
      // One balancer does the same whether the scenario it stands in for has six or sixteen.
      Scenario like = SCENARIOS.get(SCENARIOS.indexOf(scenario) % 2);
      String one = GroupScenarios.withOne(like).name();
      rows.add(row(scenario.name(), "one balancer for all", one, ALONE, one));
      rows.add(row("", "without exchange", scenario.name(), ALONE, one));
      rows.add(row("", "0.5 ms, 5% lost", scenario.name(), NEAR, one));
      rows.add(row("", "1 ms, 10% lost", scenario.name(), FAR, one));
    }
    text.table(COLUMNS, rows);
    text.text(AT_ONCE_LEGEND);
    text.table(COLUMNS, rows(GroupScenarios.atOnce()));
    text.text(HELD_OUT_LEGEND);
    text.table(COLUMNS, rows(HELD_OUT));
    text.text(TROUBLE_LEGEND);
    List<List<String>> troubles = new ArrayList<>();
    for (Trouble trouble : troubles()) {
      String none = trouble == Trouble.RESTARTS ? NOTHING_ARRIVES : ALONE;
      troubles.add(trouble(trouble.meaning(), withTrouble(trouble), none));
    }
    text.table(List.of("what goes wrong", "p99", "p99.9", "errors", "to none"), troubles);
    return text.text(fingerprint(results.of(SIX.name(), NEAR).get(0))).toString();
  }

  private List<List<String>> rows(List<Scenario> scenarios) {
    List<List<String>> rows = new ArrayList<>();
    for (Scenario scenario : scenarios) {
      String several = scenario.name();
      String one = GroupScenarios.withOne(scenario).name();
      rows.add(row(several, "one balancer for all", one, ALONE, one));
      rows.add(row("", "without exchange", several, ALONE, one));
      rows.add(row("", "0.5 ms, 5% lost", several, NEAR, one));
    }
    return rows;
  }

  /** What the first seed gave: a test computes it again, to see whether other code made this. */
  static String fingerprint() {
    return fingerprint(Simulation.run(SIX, named(NEAR).get(0), 1));
  }

  private static String fingerprint(Figures firstSeed) {
    return "\n<!-- " + NEAR + ", seed 1: " + number(firstSeed.p99Millis(), 3) + " -->\n";
  }

  private List<String> row(
      String first, String exchange, String scenario, String contender, String one) {
    String alone = scenario.equals(one) ? one : scenario;
    return List.of(
        first,
        exchange,
        millis(results.mean(scenario, contender, Figures::p50Millis)),
        millis(results.mean(scenario, contender, Figures::p99Millis)),
        millis(results.mean(scenario, contender, Figures::p999Millis)),
        percent(results.mean(scenario, contender, Figures::errors)),
        results.ratio(scenario, contender, one, ALONE, Figures::p99Millis).shown(2),
        scenario.equals(one)
            ? ""
            : results.ratio(alone, contender, alone, ALONE, Figures::p99Millis).shown(2));
  }

  private List<String> trouble(String meaning, String contender, String none) {
    return List.of(
        meaning,
        millis(results.mean(SIX.name(), contender, Figures::p99Millis)),
        millis(results.mean(SIX.name(), contender, Figures::p999Millis)),
        percent(results.mean(SIX.name(), contender, Figures::errors)),
        results.ratio(SIX.name(), contender, none, Figures::p99Millis).shown(2));
  }

  /** The document with this section in place of the one that it has, and with a digest renewed. */
  String putInto(String document) {
    String above = document.substring(0, document.indexOf(Fingerprint.MARK));
    String heading = "\n## " + TITLE + "\n\n";
    int end = above.indexOf("\n## " + NEXT + "\n");
    int start = above.indexOf(heading);
    String changed =
        above.substring(0, start < 0 ? end : start) + heading + text() + above.substring(end);
    return changed + Fingerprint.block(changed, Fingerprint.seeds(document));
  }

  private static final String LEGEND =
      """
      Seeds of this section: %d. Balancers of one group send each other how many requests they have in flight at each target, and
      leadline adds them to its own (`peerCounts`). A message goes out when a count has changed, at most every fifth of the mean service
      time (here 2 ms), and after twice that time in any case. It has what changed since the message before the last one, and every 100 ms
      all counts. The delay is one way; lost messages are not repeated.

      "To one": p99 over that of one balancer for all requests. "To none": p99 over that of the same balancers without exchange, which is
      also what `peerCounts: false` gives. One balancer alone hears nobody: its figures are the same to the last digit.
      `tools/simulate --groups` renews this section only.

      """;

  private static final String AT_ONCE_LEGEND =
      """

      Several requests arrive at the same moment, each at any of the balancers, before any of these can know of the others':

      """;

  private static final String HELD_OUT_LEGEND =
      """

      The scenarios held out, with six balancers unless they say how many they have. Nothing about the exchange was chosen by them:

      """;

  private static final String TROUBLE_LEGEND =
      """

      What goes wrong in "%s", with 0.5 ms and 5%% lost. "It" is one of the six balancers.
      "To none": p99 over that of the same balancers without exchange, which restart too where it is about restarts.

      """
          .formatted(Scenarios.SIX_BALANCERS);
}
