package dev.leadline.simulation;

import dev.leadline.simulation.Results.Estimate;
import dev.leadline.simulation.engine.Contender;
import dev.leadline.simulation.engine.Figures;
import dev.leadline.simulation.engine.Simulation;
import dev.leadline.simulation.scenario.HeldOutScenarios;
import dev.leadline.simulation.scenario.Scenario;
import dev.leadline.simulation.scenario.Scenarios;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BiConsumer;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * docs/policies.md: everything that was simulated, and where the flagship is not good enough. The
 * same seeds give the same document, byte for byte.
 */
final class PolicyDocument {

  private static final String FLAGSHIP = Contenders.FLAGSHIP;
  private static final List<String> RIVALS =
      List.of("least_outstanding_requests", "peak_ewma", "prequal");
  private static final double NEAR = 1.05;
  private static final double DEADLINE_MILLIS = Simulation.DEADLINE_NANOS / 1e6;

  private final int seeds;
  private final Results results;
  private final StringBuilder text = new StringBuilder();

  /**
   * Runs everything.
   *
   * @param progress told after every run how many are done and how many there are
   */
  PolicyDocument(int seeds, BiConsumer<Integer, Integer> progress) {
    this.seeds = seeds;
    Experiment experiment = new Experiment(seeds);
    List<Contender> everybody =
        Stream.concat(Contenders.policies().stream(), Contenders.oracles().stream()).toList();
    all().forEach(scenario -> experiment.add(scenario, everybody));
    Ablation.ALL.forEach(it -> experiment.add(it.scenario(), List.of(it.contender())));
    results = experiment.run(progress);
  }

  private static List<Scenario> all() {
    return Stream.concat(Scenarios.all().stream(), HeldOutScenarios.all().stream()).toList();
  }

  /** Writes the document, and its pictures into the folder {@code policies} beside it. */
  void write(Path file) throws IOException {
    text.append(INTRODUCTION.formatted(seeds));
    summary();
    text.append("\n![p99 over that of the best other policy](policies/ratios.svg)\n");
    text.append("\n## p99 in ms\n\n");
    text.append(P99_LEGEND);
    latencies(Scenarios.all());
    text.append("\n## Against the others\n\n");
    text.append(RATIO_LEGEND);
    ratios(Scenarios.all());
    text.append("\n## Held out\n\n");
    text.append(HELD_OUT_LEGEND);
    latencies(HeldOutScenarios.all());
    text.append("\n");
    ratios(HeldOutScenarios.all());
    text.append("\n## Where it is not good enough\n\n");
    shortcomings();
    text.append("\n## What each ingredient is good for\n\n");
    text.append(ABLATION_LEGEND);
    ablations();
    text.append("\n## The other percentiles, in ms\n\n");
    percentiles();
    text.append("\n## Errors, in % of the requests\n\n");
    errors();
    text.append("\n## Servers that change\n\n");
    text.append(WATCH_LEGEND);
    watched();
    text.append("\n![share of a server that is 16 times slower for 30 s](policies/recovery.svg)\n");
    text.append("\n").append(Fingerprint.block());
    Path pictures = Files.createDirectories(file.resolveSibling("policies"));
    write(pictures.resolve("ratios.svg"), Pictures.ratios(bars()));
    write(pictures.resolve("recovery.svg"), Pictures.shares(results, Scenarios.RECOVERED));
    write(file, text.toString());
  }

  private static void write(Path file, String content) throws IOException {
    Files.writeString(file, content, StandardCharsets.UTF_8);
  }

  private List<Pictures.Bar> bars() {
    return all().stream()
        .map(
            it ->
                new Pictures.Bar(
                    it.name(), ratio(it, best(it)).mean(), ratio(it, RIVALS.get(0)).mean()))
        .toList();
  }

  /** What decides who is best: p99, or errors where everybody's p99 is the deadline. */
  private ToDoubleFunction<Figures> measure(Scenario scenario) {
    boolean hopeless =
        Contenders.policies().stream().allMatch(it -> p99(scenario, it.name()) >= DEADLINE_MILLIS);
    return hopeless ? Figures::errors : Figures::p99Millis;
  }

  private double p99(Scenario scenario, String contender) {
    return results.mean(scenario.name(), contender, Figures::p99Millis);
  }

  private String best(Scenario scenario) {
    return lowest(scenario, Contenders.policies().stream().map(Contender::name).toList(), FLAGSHIP);
  }

  private String bestOracle(Scenario scenario) {
    return lowest(scenario, Contenders.oracles().stream().map(Contender::name).toList(), "");
  }

  private String lowest(Scenario scenario, List<String> names, String butNot) {
    ToDoubleFunction<Figures> measure = measure(scenario);
    String best = "";
    double least = Double.POSITIVE_INFINITY;
    for (String name : names) {
      double value = results.mean(scenario.name(), name, measure);
      if (!name.equals(butNot) && value < least) {
        least = value;
        best = name;
      }
    }
    return best;
  }

  private Estimate ratio(Scenario scenario, String other) {
    return results.ratio(scenario.name(), FLAGSHIP, other, measure(scenario));
  }

  private void summary() {
    for (List<Scenario> scenarios : List.of(Scenarios.all(), HeldOutScenarios.all())) {
      long near = scenarios.stream().filter(it -> ratio(it, best(it)).mean() <= NEAR).count();
      long better = scenarios.stream().filter(it -> ratio(it, best(it)).isBelow(1)).count();
      text.append("- ")
          .append(
              scenarios.get(0).name().startsWith(HeldOutScenarios.PREFIX)
                  ? "Held-out scenarios"
                  : "Scenarios")
          .append(": ")
          .append(scenarios.size())
          .append(". Within 5% of the best other policy, or better: ")
          .append(near)
          .append("; strictly better than all of them (the whole interval): ")
          .append(better);
      for (String rival : RIVALS) {
        long beaten = scenarios.stream().filter(it -> ratio(it, rival).isBelow(1)).count();
        text.append("; than `").append(rival).append("`: ").append(beaten);
      }
      text.append(".\n");
    }
  }

  private void latencies(List<Scenario> scenarios) {
    List<String> names = Contenders.policies().stream().map(Contender::name).toList();
    header("scenario", names, "oracle");
    for (Scenario scenario : scenarios) {
      double least = names.stream().mapToDouble(it -> p99(scenario, it)).min().orElseThrow();
      text.append("| ").append(scenario.name()).append(" |");
      for (String name : names) {
        double value = p99(scenario, name);
        String shown = decimals(value, 1);
        text.append(" ").append(value <= least * NEAR ? "**" + shown + "**" : shown).append(" |");
      }
      text.append(" ").append(decimals(p99(scenario, bestOracle(scenario)), 1)).append(" |\n");
    }
  }

  private void ratios(List<Scenario> scenarios) {
    header("scenario", List.of("best other", "against it"), RIVALS.toArray(String[]::new));
    for (Scenario scenario : scenarios) {
      text.append("| ").append(scenario.name()).append(" | ").append(best(scenario)).append(" | ");
      text.append(ratio(scenario, best(scenario)).shown(2)).append(" |");
      RIVALS.forEach(it -> text.append(" ").append(ratio(scenario, it).shown(2)).append(" |"));
      text.append("\n");
    }
  }

  private void shortcomings() {
    List<Scenario> behind = all().stream().filter(it -> ratio(it, best(it)).mean() > NEAR).toList();
    if (behind.isEmpty()) {
      text.append("In no scenario is another policy's figure more than 5% better.\n");
    } else {
      text.append("Another policy's figure is more than 5% better in:\n\n");
      header("scenario", List.of("best other", "leadline against it"), "oracle against it");
      for (Scenario scenario : behind) {
        String best = best(scenario);
        Estimate oracle =
            results.ratio(scenario.name(), bestOracle(scenario), best, measure(scenario));
        text.append("| ").append(scenario.name()).append(" | ").append(best).append(" | ");
        text.append(ratio(scenario, best).shown(2)).append(" | ");
        text.append(oracle.shown(2)).append(" |\n");
      }
    }
    text.append("\n").append(KNOWN_WEAKNESSES);
  }

  private void ablations() {
    header(
        "without",
        List.of("scenario", "p99", "with it", "errors", "with it", "used again"),
        "with it");
    for (Ablation it : Ablation.ALL) {
      String scenario = it.scenario().name();
      String name = it.contender().name();
      text.append("| ").append(name.replace(FLAGSHIP + " without ", "")).append(" | ");
      text.append(scenario).append(" | ");
      text.append(decimals(p99(it.scenario(), name), 1)).append(" | ");
      text.append(decimals(p99(it.scenario(), FLAGSHIP), 1)).append(" | ");
      text.append(percent(results.mean(scenario, name, Figures::errors))).append(" | ");
      text.append(percent(results.mean(scenario, FLAGSHIP, Figures::errors))).append(" | ");
      text.append(seconds(results.median(scenario, name, Figures::recoverSeconds))).append(" | ");
      text.append(seconds(results.median(scenario, FLAGSHIP, Figures::recoverSeconds)))
          .append(" |\n");
    }
  }

  private void percentiles() {
    List<String> shown = List.of(FLAGSHIP, "least_outstanding_requests", "peak_ewma");
    List<String> columns = new ArrayList<>();
    for (String percentile : List.of("p50", "p90", "p99.9")) {
      shown.forEach(name -> columns.add(percentile + " " + name));
    }
    header("scenario", columns);
    for (Scenario scenario : all()) {
      text.append("| ").append(scenario.name()).append(" |");
      List<ToDoubleFunction<Figures>> figures =
          List.of(Figures::p50Millis, Figures::p90Millis, Figures::p999Millis);
      for (ToDoubleFunction<Figures> figure : figures) {
        for (String name : shown) {
          text.append(" ");
          text.append(decimals(results.mean(scenario.name(), name, figure), 1)).append(" |");
        }
      }
      text.append("\n");
    }
  }

  private void errors() {
    List<String> names = Contenders.policies().stream().map(Contender::name).toList();
    header("scenario", names);
    for (Scenario scenario : all()) {
      if (names.stream()
          .noneMatch(it -> results.mean(scenario.name(), it, Figures::errors) > 5e-5)) {
        continue;
      }
      text.append("| ").append(scenario.name()).append(" |");
      for (String name : names) {
        double share = results.mean(scenario.name(), name, Figures::errors);
        text.append(" ").append(decimals(100 * share, 2)).append(" |");
      }
      text.append("\n");
    }
  }

  private void watched() {
    List<String> names = new ArrayList<>(RIVALS);
    names.add(0, FLAGSHIP);
    header("scenario", List.of("policy", "share", "divert", "recover", "oscillation"), "probes");
    for (Scenario scenario : all()) {
      if (scenario.watch().isEmpty()) {
        continue;
      }
      for (String name : names) {
        text.append("| ").append(scenario.name()).append(" | ").append(name).append(" | ");
        text.append(percent(results.mean(scenario.name(), name, Figures::watchedShare)));
        text.append(" | ")
            .append(seconds(results.median(scenario.name(), name, Figures::divertSeconds)));
        text.append(" | ")
            .append(seconds(results.median(scenario.name(), name, Figures::recoverSeconds)));
        text.append(" | ");
        text.append(decimals(results.mean(scenario.name(), name, Figures::oscillation), 2));
        text.append(" | ");
        text.append(decimals(results.mean(scenario.name(), name, Figures::probesPerRequest), 4));
        text.append(" |\n");
      }
    }
  }

  private void header(String first, List<String> columns, String... more) {
    List<String> names = new ArrayList<>(List.of(first));
    names.addAll(columns);
    names.addAll(List.of(more));
    text.append("| ").append(String.join(" | ", names)).append(" |\n");
    text.append("|---".repeat(names.size())).append("|\n");
  }

  private static String percent(double share) {
    return decimals(100 * share, 2) + "%";
  }

  private static String seconds(double value) {
    if (Double.isNaN(value)) {
      return "";
    }
    return Double.isInfinite(value) ? "never" : decimals(value, 1) + " s";
  }

  private static String decimals(double value, int places) {
    return String.format(Locale.ROOT, "%." + places + "f", value);
  }

  private static final String INTRODUCTION =
      """
      # Policies compared in virtual time

      Made by `tools/simulate`; do not edit. The production classes of `routing` under a virtual clock, against queueing
      servers: mean work 10 ms (exponential unless the name says otherwise), 0.3 ms of network, a deadline of 5 s, no retries, no
      health checks. Every policy meets the same requests (common random numbers), %d seeds; "±" is a 95%% interval over them. A
      request that fails or runs into the deadline counts as 5000 ms: who fails fast must not win. Servers share their workers
      evenly (processor sharing, one worker) unless a name says otherwise; "nine uneven" are 4 with two workers and 5 with one
      worker and half the speed, as in the lab. Every policy is as it is where configuration says nothing. `cloudwatch` is left
      out: without figures it is `least_outstanding_requests`.

      """;

  private static final String P99_LEGEND =
      """
      Bold: within 5% of the lowest. "Oracle" is the better of three that know the work of every request and the speed of every
      server, but not the future; nobody can reach it from the outside, it says what there is to gain.

      """;

  private static final String RATIO_LEGEND =
      """
      leadline's p99 over another policy's, seed by seed: below 1 leadline is better. Where the p99 of all is the deadline, the
      share of errors is compared instead.

      """;

  private static final String HELD_OUT_LEGEND =
      """
      These scenarios were written down before leadline's last changes and never looked at while its constants were chosen.

      """;

  private static final String ABLATION_LEGEND =
      """
      Each ingredient taken out, in a scenario that it is there for. "Used again": median time from a server's recovery until its
      share is nearer to the fair one.

      """;

  private static final String WATCH_LEGEND =
      """
      Share: of the requests that the changed servers got while they were changed. Divert and recover: median time until their
      share is nearer to the fair one than to the former, after the change and after the change back. Oscillation: mean change of
      a server's share from one half second to the next over its mean share. Probes: for each request.

      """;

  private static final String KNOWN_WEAKNESSES =
      """
      What is known of its limits:

      - A first burst on unknown servers is shared as if all were equal: nobody knows the speeds yet.
      - Waiting in the balancer instead of at a target costs the median up to a third at loads of .90 and more.
      - Long polls are told from work by what they do to others. Where requests differ fifty times in size, that takes long, and
        late binding is off meanwhile.
      - Several balancers side by side see too little of each server to learn how much it can hold at a time: there is no late
        binding then.
      - Closing adds little to the error score where one target fails; it is there for groups in which the score of the others
        is high too.
      - The first failures of a target are seen by clients, unless retries are on: one error proves nothing.
      """;
}
