package dev.leadline.bench.report;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.leadline.bench.lab.LabDescription;
import dev.leadline.bench.record.Run;
import dev.leadline.bench.stats.BalancerComparison;
import dev.leadline.bench.stats.BalancerComparison.Outcome;
import dev.leadline.bench.stats.CellFigures;
import dev.leadline.bench.stats.RunFigures;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a run shows, in sentences.
 *
 * @param headline who was faster where
 * @param answered whether every request was answered
 * @param verdicts path by path
 * @param checks whether the figures can be trusted
 */
public record Findings(
    List<String> headline, String answered, List<Verdict> verdicts, List<ValidityCheck> checks) {

  /**
   * One balancer against the first, on one path.
   *
   * @param figures p50, p99 and total, in this order
   */
  public record Verdict(
      String path, String baseline, String candidate, List<BalancerComparison> figures) {

    /** The outcome over all figures: one that points the other way makes it unclear. */
    @JsonProperty
    public Outcome outcome() {
      if (figures.stream().anyMatch(c -> c.outcome() == Outcome.TOO_FEW_ROUNDS)) {
        return Outcome.TOO_FEW_ROUNDS;
      }
      boolean faster = figures.stream().anyMatch(c -> c.outcome() == Outcome.CANDIDATE_FASTER);
      boolean slower = figures.stream().anyMatch(c -> c.outcome() == Outcome.BASELINE_FASTER);
      if (faster == slower) {
        return Outcome.NO_CLEAR_DIFFERENCE;
      }
      return faster ? Outcome.CANDIDATE_FASTER : Outcome.BASELINE_FASTER;
    }
  }

  /** The checks that do not hold and that nothing else in the summary says. */
  @JsonIgnore
  public List<ValidityCheck> doubts() {
    return checks.stream()
        .filter(check -> !check.holds())
        .filter(check -> !check.question().equals(ValidityChecks.ANSWERED))
        .filter(check -> !check.question().equals(ValidityChecks.CLOUDWATCH))
        .toList();
  }

  static Findings of(Report report) {
    List<Verdict> verdicts = verdicts(report.figures());
    return new Findings(
        headline(report.run(), verdicts),
        answered(report.figures()),
        verdicts,
        ValidityChecks.of(report));
  }

  private static List<Verdict> verdicts(RunFigures figures) {
    Map<String, List<BalancerComparison>> byPathAndCandidate =
        figures.comparisons().stream()
            .collect(groupingBy(c -> c.path() + " " + c.candidate(), LinkedHashMap::new, toList()));
    return byPathAndCandidate.values().stream()
        .map(
            c ->
                new Verdict(
                    c.get(0).path(), c.get(0).baseline(), c.get(0).candidate(), List.copyOf(c)))
        .toList();
  }

  private static List<String> headline(Run run, List<Verdict> verdicts) {
    List<String> sentences = new ArrayList<>();
    LabDescription lab = run.lab();
    for (LabDescription.Balancer candidate : lab.balancers()) {
      List<Verdict> own =
          verdicts.stream().filter(v -> v.candidate().equals(candidate.name())).toList();
      if (own.isEmpty()) {
        continue;
      }
      String baseline = lab.balancer(own.get(0).baseline()).title();
      List<String> parts = new ArrayList<>();
      add(
          parts,
          "%s was faster than %s on".formatted(candidate.title(), baseline),
          own,
          Outcome.CANDIDATE_FASTER);
      add(
          parts,
          "%s was faster than %s on".formatted(baseline, candidate.title()),
          own,
          Outcome.BASELINE_FASTER);
      add(
          parts,
          parts.isEmpty()
              ? "%s and %s showed no clear difference on".formatted(candidate.title(), baseline)
              : "no clear difference on",
          own,
          Outcome.NO_CLEAR_DIFFERENCE);
      add(
          parts,
          "too few rounds to compare %s with %s on".formatted(candidate.title(), baseline),
          own,
          Outcome.TOO_FEW_ROUNDS);
      sentences.add(ReportFormat.sentence(String.join("; ", parts)));
    }
    if (sentences.isEmpty()) {
      sentences.add("One balancer was measured, so there is nothing to compare.");
    }
    return sentences;
  }

  private static void add(
      List<String> parts, String beginning, List<Verdict> verdicts, Outcome outcome) {
    List<String> paths =
        verdicts.stream().filter(v -> v.outcome() == outcome).map(Verdict::path).toList();
    if (!paths.isEmpty()) {
      parts.add(beginning + " " + ReportFormat.list(paths));
    }
  }

  static String answered(RunFigures figures) {
    if (figures.failed() == 0) {
      return "All %,d measured requests were answered.".formatted(figures.requests());
    }
    if (figures.failed() == figures.requests()) {
      return "None of the %s measured requests was answered as expected: times mean nothing here."
          .formatted(ReportFormat.count(figures.requests()));
    }
    List<String> where =
        figures.cells().stream()
            .filter(cell -> cell.failed() > 0)
            .map(cell -> "%,d on %s".formatted(cell.failed(), cell.cell()))
            .toList();
    return "%,d of %,d measured requests failed: %s."
        .formatted(figures.failed(), figures.requests(), ReportFormat.list(where));
  }

  /** The cells of one path, in the order of the balancers. */
  static List<CellFigures> cellsOf(RunFigures figures, String path) {
    return figures.cells().stream().filter(cell -> cell.cell().path().equals(path)).toList();
  }
}
