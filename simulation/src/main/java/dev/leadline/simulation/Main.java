package dev.leadline.simulation;

import dev.leadline.simulation.Options.UsageException;
import dev.leadline.simulation.engine.Contender;
import dev.leadline.simulation.scenario.GroupScenarios;
import dev.leadline.simulation.scenario.HeldOutScenarios;
import dev.leadline.simulation.scenario.Scenario;
import dev.leadline.simulation.scenario.Scenarios;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/** The command {@code tools/simulate}. */
final class Main {

  private static final int WRONG_USAGE = 2;
  private static final Path DOCUMENT =
      Path.of(System.getProperty("simulate.root", ""), "docs", "policies.md");
  private static final int DOCUMENT_SEEDS = 20;
  private static final int TABLE_SEEDS = 3;

  private final PrintStream out;
  private final PrintStream err;

  Main(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  public static void main(String[] arguments) throws IOException {
    System.exit(new Main(System.out, System.err).run(List.of(arguments)));
  }

  /** Runs the command and returns the exit code: 0, or 2 for wrong arguments. */
  int run(List<String> arguments) throws IOException {
    try {
      Options options = Options.parse(arguments);
      if (options.help()) {
        out.print(Options.USAGE);
      } else if (options.list()) {
        list();
      } else if (options.reports()) {
        reports(options);
      } else if (options.groups()) {
        groups(options);
      } else if (options.wantsDocument()) {
        document(options);
      } else {
        table(options);
      }
      return 0;
    } catch (UsageException e) {
      err.println("simulate: " + e.getMessage());
      err.println("simulate: try --help or --list");
      return WRONG_USAGE;
    }
  }

  private void list() {
    out.println("scenarios:");
    together(
            List.of(
                Scenarios.all(),
                GroupScenarios.all(),
                GroupScenarios.atOnce(),
                HeldOutScenarios.all(),
                GroupScenarios.heldOutAtOnce()))
        .forEach(it -> out.println("  " + it.name()));
    out.println("contenders:");
    Contenders.all().forEach(it -> out.println("  " + it.name()));
  }

  private void document(Options options) throws IOException {
    Path file = options.out().orElse(DOCUMENT);
    new PolicyDocument(options.seedsOr(DOCUMENT_SEEDS), new TerminalProgress()).write(file);
    out.println(file);
  }

  private void reports(Options options) throws IOException {
    Path file = options.out().orElse(DOCUMENT.resolveSibling("policies/load-reports.md"));
    int seeds = options.seedsOr(DOCUMENT_SEEDS);
    Files.writeString(file, new ReportDocument(seeds, new TerminalProgress()).text());
    out.println(file);
  }

  private void groups(Options options) throws UsageException, IOException {
    Path file = options.out().orElse(DOCUMENT);
    String document = Files.readString(file);
    if (!Fingerprint.isOfThisCode(document)) {
      throw new UsageException(
          "the rest of " + file + " was made by other code: make all of it, without --groups");
    }
    GroupSection section =
        new GroupSection(options.seedsOr(DOCUMENT_SEEDS), new TerminalProgress());
    Files.writeString(file, section.putInto(document));
    out.println(file);
  }

  private void table(Options options) throws UsageException, IOException {
    List<Scenario> scenarios = scenarios(options.scenarios());
    List<Contender> contenders = contenders(options.policies());
    SimulationBatch experiment = new SimulationBatch(options.seedsOr(TABLE_SEEDS));
    scenarios.forEach(it -> experiment.add(it, contenders));
    Results results = experiment.run(new TerminalProgress());
    String text =
        TerminalTable.of(results, scenarios, contenders.stream().map(Contender::name).toList());
    if (options.out().isPresent()) {
      Files.writeString(options.out().get(), text, StandardCharsets.UTF_8);
    } else {
      out.print(text);
    }
  }

  private static List<Scenario> scenarios(List<String> wanted) throws UsageException {
    if (wanted.isEmpty()) {
      return Scenarios.all();
    }
    Set<Scenario> found = new LinkedHashSet<>();
    for (String name : wanted) {
      List<Scenario> all = maybeMeant(name);
      List<Scenario> exact = all.stream().filter(it -> it.name().equals(name)).toList();
      List<Scenario> matching =
          exact.isEmpty()
              ? all.stream().filter(it -> lower(it.name()).contains(lower(name))).toList()
              : exact;
      if (matching.isEmpty()) {
        throw new UsageException("no scenario has this in its name: " + name);
      }
      found.addAll(matching);
    }
    return List.copyOf(found);
  }

  /** Held-out, large and derived scenarios are found only by a name that says so. */
  private static List<Scenario> maybeMeant(String name) {
    if (name.startsWith(HeldOutScenarios.PREFIX)) {
      return together(List.of(HeldOutScenarios.all(), GroupScenarios.heldOutAtOnce()));
    }
    if (name.startsWith(GroupScenarios.SIX_OF)) {
      return Scenarios.all().stream().map(GroupScenarios::withSix).toList();
    }
    if (name.startsWith(GroupScenarios.LARGE)) {
      return GroupScenarios.large();
    }
    return together(List.of(Scenarios.all(), GroupScenarios.all(), GroupScenarios.atOnce()));
  }

  private static List<Scenario> together(List<List<Scenario>> some) {
    return some.stream().flatMap(List::stream).toList();
  }

  private static List<Contender> contenders(List<String> wanted) throws UsageException {
    if (wanted.isEmpty()) {
      return Stream.concat(Contenders.policies().stream(), Contenders.oracles().stream()).toList();
    }
    List<Contender> found = new ArrayList<>();
    for (String name : wanted) {
      found.add(
          Contenders.named(name.strip())
              .orElseThrow(() -> new UsageException("no contender is called: " + name)));
    }
    return found;
  }

  private static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }
}
