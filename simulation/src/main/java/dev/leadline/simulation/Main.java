package dev.leadline.simulation;

import dev.leadline.simulation.engine.Contender;
import dev.leadline.simulation.engine.Figures;
import dev.leadline.simulation.scenario.HeldOutScenarios;
import dev.leadline.simulation.scenario.Scenario;
import dev.leadline.simulation.scenario.Scenarios;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The command {@code tools/simulate}: writes docs/policies.md, or tells how some contenders do in
 * some scenarios.
 */
final class Main {

  private static final String HELP =
      """
      usage: tools/simulate [--seeds N]
             tools/simulate [--seeds N] --scenario TEXT [--policy NAMES]

      Without a scenario: writes docs/policies.md and its pictures, with 20 seeds.
      With one: prints the figures of all scenarios that have TEXT in their name, with 3 seeds.

        --seeds N         how often each run is repeated, 1 to 1000
        --scenario TEXT   part of a scenario's name; "" for all of them
        --policy NAMES    policies, ablations or oracles, with commas between; all policies if absent
        --list            names of all scenarios and contenders
        --help            this
      """;

  private int seeds;
  private String scenario = "";
  private boolean tells;
  private List<Contender> contenders = Contenders.policies();

  private Main() {}

  /** Ends with 0, or with 2 if it was called wrongly. */
  public static void main(String[] args) throws IOException {
    System.exit(new Main().run(args));
  }

  private int run(String[] args) throws IOException {
    try {
      for (int i = 0; i < args.length; i++) {
        switch (args[i]) {
          case "--help", "-h" -> {
            System.out.print(HELP);
            return 0;
          }
          case "--list" -> {
            list();
            return 0;
          }
          case "--seeds" -> seeds = seeds(value(args, ++i));
          case "--scenario" -> {
            scenario = value(args, ++i);
            tells = true;
          }
          case "--policy" -> contenders = named(value(args, ++i));
          default -> throw new IllegalArgumentException("unknown option " + args[i]);
        }
      }
    } catch (IllegalArgumentException e) {
      System.err.println("simulate: " + e.getMessage() + "; see --help");
      return 2;
    }
    if (tells) {
      return tell();
    }
    new PolicyDocument(seeds == 0 ? 20 : seeds, Main::progress).write(Path.of("docs"));
    System.err.println("docs/policies.md");
    return 0;
  }

  private static String value(String[] args, int i) {
    if (i == args.length) {
      throw new IllegalArgumentException(args[i - 1] + " needs a value");
    }
    return args[i];
  }

  private static int seeds(String text) {
    if (!text.matches("[1-9]\\d{0,2}|1000")) {
      throw new IllegalArgumentException("--seeds is 1 to 1000, not " + text);
    }
    return Integer.parseInt(text);
  }

  private static List<Contender> named(String names) {
    List<Contender> found = new ArrayList<>();
    for (String name : names.split(",")) {
      found.add(
          Contenders.all().stream()
              .filter(it -> it.name().equals(name.strip()))
              .findFirst()
              .orElseThrow(
                  () -> new IllegalArgumentException("no contender is called " + name.strip())));
    }
    return found;
  }

  private static List<Scenario> scenarios() {
    return Stream.concat(Scenarios.all().stream(), HeldOutScenarios.all().stream()).toList();
  }

  private static void list() {
    scenarios().forEach(it -> System.out.println(it.name()));
    System.out.println();
    Contenders.all().forEach(it -> System.out.println(it.name()));
  }

  private int tell() {
    String part = scenario.toLowerCase(Locale.ROOT);
    List<Scenario> chosen =
        scenarios().stream()
            .filter(it -> it.name().toLowerCase(Locale.ROOT).contains(part))
            .toList();
    if (chosen.isEmpty()) {
      System.err.println("simulate: no scenario has '" + scenario + "' in its name; see --list");
      return 2;
    }
    Experiment experiment = new Experiment(seeds == 0 ? 3 : seeds);
    chosen.forEach(it -> experiment.add(it, contenders));
    Results results = experiment.run(Main::progress);
    for (Scenario it : chosen) {
      System.out.println(it.name());
      System.out.printf(
          "  %-44s %8s %8s %8s %8s %8s %8s%n",
          "", "p50 ms", "p90", "p99", "p99.9", "errors", "probes");
      for (Contender contender : contenders) {
        Function<java.util.function.ToDoubleFunction<Figures>, Double> mean =
            figure -> results.mean(it.name(), contender.name(), figure);
        System.out.printf(
            Locale.ROOT,
            "  %-44s %8.1f %8.1f %8.1f %8.1f %7.2f%% %8.4f%n",
            contender.name(),
            mean.apply(Figures::p50Millis),
            mean.apply(Figures::p90Millis),
            mean.apply(Figures::p99Millis),
            mean.apply(Figures::p999Millis),
            100 * mean.apply(Figures::errors),
            mean.apply(Figures::probesPerRequest));
      }
    }
    return 0;
  }

  private static void progress(int done, int all) {
    if (System.console() != null && (done % 10 == 0 || done == all)) {
      System.err.printf("\r%d of %d runs%s", done, all, done == all ? "\n" : "");
    } else if (System.console() == null && done * 10 / all != (done - 1) * 10 / all) {
      System.err.printf("%d of %d runs%n", done, all);
    }
  }
}
