package dev.leadline.simulation;

import static dev.leadline.simulation.Markdown.millis;
import static dev.leadline.simulation.Markdown.number;
import static dev.leadline.simulation.Markdown.percent;
import static dev.leadline.simulation.Markdown.row;
import static dev.leadline.simulation.Markdown.seconds;
import static dev.leadline.simulation.Ranking.FLAGSHIP;
import static dev.leadline.simulation.Ranking.NEAR;
import static dev.leadline.simulation.Ranking.POLICIES;
import static dev.leadline.simulation.Ranking.RIVALS;

import dev.leadline.simulation.engine.Contender;
import dev.leadline.simulation.engine.Figures;
import dev.leadline.simulation.scenario.HeldOutScenarios;
import dev.leadline.simulation.scenario.Scenario;
import dev.leadline.simulation.scenario.Scenarios;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/**
 * Writes docs/policies.md with all results. The same seeds give the same document, byte for byte.
 */
final class PolicyDocument {

  private static final List<Scenario> TUNED = Scenarios.all();
  private static final List<Scenario> HELD_OUT = HeldOutScenarios.all();
  private static final List<Scenario> ALL =
      Stream.concat(TUNED.stream(), HELD_OUT.stream()).toList();

  /** The parts of the document that are written by hand. */
  static final String METHOD = "method.md";

  static final String LIMITS = "limits.md";

  private final Results results;
  private final Ranking ranking;
  private final GroupSection groups;
  private final Markdown document = new Markdown();

  /**
   * Runs everything.
   *
   * @param progress called after every run with the number of runs done and of all runs
   */
  PolicyDocument(int seeds, BiConsumer<Integer, Integer> progress) {
    SimulationBatch experiment = new SimulationBatch(seeds);
    List<Contender> everybody =
        Stream.concat(Contenders.policies().stream(), Contenders.oracles().stream()).toList();
    ALL.forEach(scenario -> experiment.add(scenario, everybody));
    for (Ablation it : Ablation.ALL) {
      experiment.add(it.scenario(), List.of(it.contender()));
      if (!it.whole().name().equals(FLAGSHIP)) {
        experiment.add(it.scenario(), List.of(it.whole()));
      }
    }
    results = experiment.run(progress);
    ranking = new Ranking(results);
    groups = new GroupSection(seeds, progress);
  }

  /**
   * Writes the document, and its pictures and all figures to the folder {@code policies} beside it.
   */
  void write(Path file) throws IOException {
    document.text(resource(METHOD));
    document.heading("In short");
    summary();
    document.picture("p99 of leadline over that of the others", "policies/ratios.svg");
    document.heading("p99 in ms").text(P99_LEGEND);
    latencies(TUNED);
    document.heading("leadline against the others").text(RATIO_LEGEND);
    ratios(TUNED);
    document.heading("Held out").text(HELD_OUT_LEGEND);
    latencies(HELD_OUT);
    document.text("\n");
    ratios(HELD_OUT);
    document.heading("Where it is not good enough");
    new Shortcomings(ranking, ALL).write(document);
    document.text("\n").text(resource(LIMITS));
    document.heading("What each ingredient is good for").text(ABLATION_LEGEND);
    ablations();
    document.heading(GroupSection.TITLE).text(groups.text());
    document.heading(GroupSection.NEXT).text(PERCENTILE_LEGEND);
    percentiles();
    document.heading("Errors, in % of the requests").text(ERROR_LEGEND);
    errors();
    document.heading("Servers that change").text(WATCH_LEGEND);
    watched();
    document.picture("share of a server that is slow for 30 s", "policies/recovery.svg");
    String text = document.text("\n").toString();
    Path folder = Files.createDirectories(file.resolveSibling("policies"));
    write(folder.resolve("ratios.svg"), RatioPicture.of(ranking, ALL));
    write(folder.resolve("recovery.svg"), SharePicture.of(results, Scenarios.RECOVERED));
    write(folder.resolve("figures.csv"), FiguresCsv.of(results));
    write(file, text + Fingerprint.block(text, results.seeds()));
  }

  private static void write(Path file, String content) throws IOException {
    Files.writeString(file, content, StandardCharsets.UTF_8);
  }

  /** A part of the document that is written by hand. */
  static String resource(String name) {
    try (InputStream stream = PolicyDocument.class.getResourceAsStream(name)) {
      return new String(
          Objects.requireNonNull(stream, name).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The name of a policy at the head of a column. */
  static String column(String policy) {
    return policy
        .replace(RIVALS.get(0) + " without ejection", "LOR alone")
        .replace(RIVALS.get(0), "LOR");
  }

  private static List<String> each(List<String> names, Function<String, String> shown) {
    return names.stream().map(shown).toList();
  }

  private void summary() {
    document.text("Seeds: " + results.seeds() + ".\n\n");
    summary("scenarios", TUNED);
    summary("scenarios held out", HELD_OUT);
    beyondP99();
    document.text("\n").text(REGRET_LEGEND);
    List<List<String>> rows = new ArrayList<>();
    for (String name : POLICIES) {
      double[] regrets =
          ALL.stream().mapToDouble(it -> ranking.regret(it, name)).sorted().toArray();
      long near = DoubleStream.of(regrets).filter(it -> it <= NEAR - 1).count();
      rows.add(
          row(
              name,
              List.of(
                  near + " of " + ALL.size(),
                  percent(regrets[regrets.length / 2]),
                  percent(regrets[regrets.length * 9 / 10]),
                  percent(regrets[regrets.length - 1]))));
    }
    document.table(
        List.of("policy", "within 5% of the best", "median regret", "90th percentile", "worst"),
        rows);
  }

  private void summary(String what, List<Scenario> scenarios) {
    long near = scenarios.stream().filter(it -> ranking.toBest(it).mean() <= NEAR).count();
    long better = scenarios.stream().filter(it -> ranking.toBest(it).isBelow(1)).count();
    StringBuilder text = new StringBuilder();
    text.append("- **").append(near).append(" of ").append(scenarios.size()).append(" ");
    text.append(what)
        .append(
            "**: leadline's p99 is at most 5% above the best other policy's. The whole 95% interval")
        .append(" of their ratio is below 1 against the best other policy in ")
        .append(better);
    for (String rival : RIVALS) {
      long beaten =
          scenarios.stream().filter(it -> ranking.ratio(it, FLAGSHIP, rival).isBelow(1)).count();
      text.append(", ").append(column(rival)).append(" in ").append(beaten);
    }
    document.text(text.append(".\n").toString());
  }

  private void beyondP99() {
    document
        .text(
            "- **"
                + Shortcomings.nearBest(ranking, ALL, Figures::p999Millis, 0)
                + " of "
                + ALL.size())
        .text(" of all**: its p99.9 is at most 5% above the best other policy's.\n")
        .text("- **")
        .text(
            String.valueOf(
                Shortcomings.nearBest(
                    ranking, ALL, Figures::errors, Shortcomings.NEGLIGIBLE_ERRORS)))
        .text(
            " of "
                + ALL.size()
                + " of all**: its errors are at most 5%, or 0.01% of the requests, above")
        .text(" the best other policy's. [Where they are not](#where-it-is-not-good-enough).\n");
  }

  private void latencies(List<Scenario> scenarios) {
    List<List<String>> rows = new ArrayList<>();
    for (Scenario scenario : scenarios) {
      double least =
          POLICIES.stream().mapToDouble(it -> ranking.p99Millis(scenario, it)).min().orElseThrow();
      List<String> cells =
          new ArrayList<>(each(POLICIES, it -> marked(ranking.p99Millis(scenario, it), least)));
      cells.add(millis(ranking.p99Millis(scenario, ranking.oracle(scenario))));
      rows.add(row(scenario.name(), cells));
    }
    List<String> columns = new ArrayList<>(each(POLICIES, PolicyDocument::column));
    columns.add("oracle");
    document.table(row("scenario", columns), rows);
  }

  private static String marked(double value, double least) {
    String mark = value <= least ? "**" : value <= least * NEAR ? "_" : "";
    return mark + millis(value) + mark;
  }

  private void ratios(List<Scenario> scenarios) {
    List<List<String>> rows = new ArrayList<>();
    for (Scenario scenario : scenarios) {
      List<String> cells = new ArrayList<>();
      cells.add(column(ranking.bestOther(scenario)));
      cells.add(ranking.toBest(scenario).shown(2));
      cells.addAll(each(RIVALS, it -> ranking.ratio(scenario, FLAGSHIP, it).shown(2)));
      cells.add(ranking.ratio(scenario, FLAGSHIP, ranking.oracle(scenario)).shown(2));
      rows.add(row(scenario.name(), cells));
    }
    List<String> columns = new ArrayList<>(List.of("best other", "to best other"));
    columns.addAll(each(RIVALS, it -> "to " + column(it)));
    columns.add("to the oracle");
    document.table(row("scenario", columns), rows);
  }

  private void ablations() {
    List<List<String>> rows = new ArrayList<>();
    for (Ablation it : Ablation.ALL) {
      String without = it.contender().name();
      String with = it.whole().name();
      Scenario scenario = it.scenario();
      rows.add(
          List.of(
              without.replace(FLAGSHIP + " without ", "").replaceAll("@.*", ""),
              scenario.name(),
              millis(ranking.p99Millis(scenario, without)),
              millis(ranking.p99Millis(scenario, with)),
              results.ratio(scenario.name(), without, with, Figures::p99Millis).shown(2),
              percent(ranking.mean(scenario, without, Figures::errors)),
              percent(ranking.mean(scenario, with, Figures::errors)),
              seconds(results.median(scenario.name(), without, Figures::recoverSeconds)),
              seconds(results.median(scenario.name(), with, Figures::recoverSeconds))));
    }
    document.table(
        List.of(
            "without", "scenario", "p99", "with", "ratio", "errors", "with", "used again", "with"),
        rows);
  }

  private void percentiles() {
    List<String> shown = row(FLAGSHIP, RIVALS);
    List<String> columns = new ArrayList<>();
    for (String percentile : List.of("p50", "p90", "p99.9")) {
      columns.addAll(each(shown, it -> percentile + " " + column(it)));
    }
    List<ToDoubleFunction<Figures>> figures =
        List.of(Figures::p50Millis, Figures::p90Millis, Figures::p999Millis);
    List<List<String>> rows = new ArrayList<>();
    for (Scenario scenario : ALL) {
      List<String> cells = new ArrayList<>();
      for (ToDoubleFunction<Figures> figure : figures) {
        cells.addAll(each(shown, it -> millis(ranking.mean(scenario, it, figure))));
      }
      rows.add(row(scenario.name(), cells));
    }
    document.table(row("scenario", columns), rows);
  }

  private void errors() {
    List<List<String>> rows = new ArrayList<>();
    for (Scenario scenario : ALL) {
      double most =
          POLICIES.stream()
              .mapToDouble(it -> ranking.mean(scenario, it, Figures::errors))
              .max()
              .orElseThrow();
      if (most >= 5e-5) {
        rows.add(
            row(
                scenario.name(),
                each(
                    POLICIES, it -> number(100 * ranking.mean(scenario, it, Figures::errors), 2))));
      }
    }
    document.table(row("scenario", each(POLICIES, PolicyDocument::column)), rows);
  }

  private void watched() {
    List<List<String>> rows = new ArrayList<>();
    for (Scenario scenario : ALL) {
      if (scenario.watch().isEmpty()) {
        continue;
      }
      for (String name : row(FLAGSHIP, RIVALS)) {
        rows.add(
            List.of(
                scenario.name(),
                column(name),
                percent(ranking.mean(scenario, name, Figures::watchedShare)),
                seconds(results.median(scenario.name(), name, Figures::divertSeconds)),
                seconds(results.median(scenario.name(), name, Figures::recoverSeconds)),
                number(ranking.mean(scenario, name, Figures::oscillation), 2),
                number(ranking.mean(scenario, name, Figures::probesPerRequest), 4)));
      }
    }
    document.table(
        List.of("scenario", "policy", "share", "divert", "recover", "oscillation", "probes"), rows);
  }

  private static final String REGRET_LEGEND =
      """
      Regret: how far a policy's p99 in a scenario is above the lowest p99 of any policy there. Where the p99 of every policy is the
      deadline, the share of errors is compared instead.

      """;

  private static final String P99_LEGEND =
      """
      **Bold** is the lowest; _italic_ is within 5% of it.

      """;

  private static final String RATIO_LEGEND =
      """
      leadline's p99 divided by that of another policy: below 1, leadline is better. Where the p99 of every policy is the deadline,
      the share of errors is compared instead.

      """;

  private static final String HELD_OUT_LEGEND =
      """
      Other loads, speeds, distributions and kinds of trouble than above, to show that the constants do not fit only the scenarios they
      were chosen with. No constant may be chosen by these figures. `tools/simulate --scenario` prints one only if its argument begins
      with "held out"; without options it computes all of them for this page.

      """;

  private static final String ABLATION_LEGEND =
      """
      Each row switches off one ingredient of leadline, in a scenario where it matters; the name is the switch in the configuration.
      peerCounts is switched off among balancers that tell each other, with 0.5 ms and 5% lost.
      "Used again": median time from a server's recovery until its share of the requests is nearer to its fair share than to that before.

      """;

  private static final String PERCENTILE_LEGEND =
      """
      The other policies' figures are in [figures.csv](policies/figures.csv).

      """;

  private static final String ERROR_LEGEND =
      """
      Scenarios without errors are left out.

      """;

  private static final String WATCH_LEGEND =
      """
      Share: what part of the requests the changed servers got while they were changed. Divert and recover: median time, after the
      change and after it was undone, until the first half second in which their share is nearer to the fair one (their part of the
      capacity) than to the share before. Oscillation: how much a server's share changes from one half second to the next, divided by its
      mean share. Probes: per request.

      """;
}
