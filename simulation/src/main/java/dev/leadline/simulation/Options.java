package dev.leadline.simulation;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * What the command line asks for.
 *
 * @param help to explain it and do nothing
 * @param list to list scenarios and contenders and do nothing
 * @param groups to renew only the document's section about several balancers
 * @param reports to write only the document about targets that say their load
 * @param seeds how many runs of everything; 0 if nothing is said
 * @param scenarios parts of the names of scenarios; empty for all
 * @param policies names of contenders; empty for all policies
 * @param out the file to write
 */
record Options(
    boolean help,
    boolean list,
    boolean groups,
    boolean reports,
    int seeds,
    List<String> scenarios,
    List<String> policies,
    Optional<Path> out) {

  static final int MOST_SEEDS = 1000;

  static final String USAGE =
      """
      usage: tools/simulate [--seeds N] [--out FILE]
             tools/simulate [--seeds N] [--scenario NAME]... [--policy NAMES]... [--out FILE]
             tools/simulate --groups | --reports [--seeds N] [--out FILE]
             tools/simulate --list | --help

      Runs the routing policies in virtual time. Without --scenario and --policy it runs everything
      and writes docs/policies.md and its pictures; with one of them it prints a table.

        --seeds N        run everything with seeds 1 to N, at most %d; 20 for the document, 3 for a table
        --scenario NAME  the scenario NAME, or all that have it in their name; may be given repeatedly;
                         "six balancers: NAME" is the same with six balancers, "large: " has up to 64 of
                         them and 2,000 targets
        --policy NAMES   these contenders, separated by commas; may be given repeatedly; NAME:N is a policy
                         on N event loops in each balancer, NAME@DELAY/LOSS in balancers that tell each other
                         what they have in flight: DELAY in ms one way, LOSS in %% (leadline@0.5/5), NAME%%K
                         in balancers that use K of the targets each: NAME@DELAY/LOSS%%K in cells of
                         balancers that have the same K targets and tell each other;
                         NAME+STRANGER/SHARE/SAYS beside strangers, who have SHARE %% of the requests, with
                         targets that say SAYS of their load: SILENT, TRUE, or a lie
        --groups         renew only the section of docs/policies.md about balancers that tell each other
        --reports        write docs/policies/load-reports.md, about targets that say their load
        --out FILE       write the document, or the table, to FILE
        --list           names of all scenarios and contenders
        --help           this

      The table's last column is the p99 over that of the first contender, seed by seed, with its 95%%
      interval. Scenarios that are held out run for the document, and where a NAME begins with "held out":
      nobody should look at them while choosing constants.
      """
          .formatted(MOST_SEEDS);

  /** The command line is wrong; the message says what is wrong and what is allowed. */
  static final class UsageException extends Exception {
    private static final long serialVersionUID = 1;

    UsageException(String message) {
      super(message);
    }
  }

  /** Whether the whole document is asked for. */
  boolean wantsDocument() {
    return scenarios.isEmpty() && policies.isEmpty();
  }

  int seedsOr(int absent) {
    return seeds == 0 ? absent : seeds;
  }

  static Options parse(List<String> arguments) throws UsageException {
    boolean help = false;
    boolean list = false;
    boolean groups = false;
    boolean reports = false;
    int seeds = 0;
    List<String> scenarios = new ArrayList<>();
    List<String> policies = new ArrayList<>();
    Optional<Path> out = Optional.empty();
    Deque<String> rest = new ArrayDeque<>(arguments);
    while (!rest.isEmpty()) {
      String option = rest.remove();
      switch (option) {
        case "--help", "-h" -> help = true;
        case "--list" -> list = true;
        case "--groups" -> groups = true;
        case "--reports" -> reports = true;
        case "--seeds" -> seeds = seeds(value(option, rest));
        case "--scenario" -> scenarios.add(value(option, rest));
        case "--policy" -> policies.addAll(List.of(value(option, rest).split(",", -1)));
        case "--out" -> out = Optional.of(Path.of(value(option, rest)));
        default -> throw new UsageException("unknown argument: " + option);
      }
    }
    return new Options(help, list, groups, reports, seeds, scenarios, policies, out);
  }

  private static String value(String option, Deque<String> rest) throws UsageException {
    if (rest.isEmpty()) {
      throw new UsageException(option + " needs a value");
    }
    return rest.remove();
  }

  private static int seeds(String value) throws UsageException {
    try {
      int seeds = Integer.parseInt(value);
      if (seeds >= 1 && seeds <= MOST_SEEDS) {
        return seeds;
      }
    } catch (NumberFormatException e) {
      // The same message as for a number that is out of range.
    }
    throw new UsageException("--seeds is a number from 1 to " + MOST_SEEDS + ", not " + value);
  }
}
