package dev.leadline.bench.report;

import static java.util.stream.Collectors.joining;

import dev.leadline.bench.stats.BalancerComparison;
import dev.leadline.bench.stats.Outcome;
import dev.leadline.bench.stats.RunFigures;
import dev.leadline.bench.stats.Verdicts;
import java.util.List;

/** What the control says: the first balancer, measured a second time in the same rounds. */
final class ControlCheck {
  static final String QUESTION = "The control shows no difference";
  static final String UNTESTED = "Enough rounds to test the control";
  static final String WARNING =
      "The differences cannot be trusted: the control, the first balancer measured twice, shows one too.";

  private ControlCheck() {}

  /** True when the balancer differs from itself. */
  static boolean differs(RunFigures figures) {
    return !differing(figures).isEmpty();
  }

  static ValidityCheck of(RunFigures figures) {
    List<BalancerComparison> differing = differing(figures);
    boolean untested =
        figures.controls().stream().anyMatch(c -> c.outcome() == Outcome.NOT_ENOUGH_ROUNDS);
    List<BalancerComparison> shown = differing.isEmpty() ? figures.controls() : differing;
    return new ValidityCheck(
        untested && differing.isEmpty() ? UNTESTED : QUESTION,
        "%s was measured a second time in every round, and differed from itself by %s.%s"
            .formatted(
                figures.controls().get(0).baseline(),
                shown.stream().map(ControlCheck::change).collect(joining(", ")),
                untested
                    ? " Fewer than %d rounds cannot show whether this is more than chance."
                        .formatted(Verdicts.fewestRounds(2, 1))
                    : ""),
        differing.isEmpty() && !untested);
  }

  private static List<BalancerComparison> differing(RunFigures figures) {
    return figures.controls().stream()
        .filter(c -> c.outcome() == Outcome.BETTER || c.outcome() == Outcome.WORSE)
        .toList();
  }

  private static String change(BalancerComparison control) {
    return "%s in %s on %s"
        .formatted(ReportFormat.change(control.change()), control.figure().label(), control.path());
  }
}
