package dev.leadline.bench.report;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toList;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.leadline.bench.lab.LabDescription;
import dev.leadline.bench.stats.BalancerComparison;
import dev.leadline.bench.stats.CellFigures;
import dev.leadline.bench.stats.Outcome;
import dev.leadline.bench.stats.RunFigures;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a run shows, in sentences.
 *
 * @param headline who was faster where; first of all, where the control shows a difference, that
 *     none can be trusted
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

    /** The outcome over all figures. */
    @JsonProperty
    public Outcome outcome() {
      boolean better = !with(Outcome.BETTER).isEmpty();
      boolean worse = !with(Outcome.WORSE).isEmpty();
      if (better && worse) {
        return Outcome.MIXED;
      }
      if (better || worse) {
        return better ? Outcome.BETTER : Outcome.WORSE;
      }
      return with(Outcome.NOT_ENOUGH_ROUNDS).isEmpty()
          ? Outcome.NO_DIFFERENCE_SHOWN
          : Outcome.NOT_ENOUGH_ROUNDS;
    }

    private List<BalancerComparison> with(Outcome outcome) {
      return figures.stream().filter(figure -> figure.outcome() == outcome).toList();
    }

    /** The path, with the figures that differ where not all do. */
    private String pathWith(Outcome outcome) {
      List<BalancerComparison> own = with(outcome);
      boolean differs = outcome == Outcome.BETTER || outcome == Outcome.WORSE;
      return differs && own.size() < figures.size()
          ? path + own.stream().map(c -> c.figure().label()).collect(joining(", ", " (", ")"))
          : path;
    }

    /** The path, and the outcome of each figure. */
    private String outcomes() {
      return path + " " + figures.stream().map(BalancerComparison::outcome).toList();
    }

    private String figuresWith(Outcome outcome) {
      return ReportFormat.list(with(outcome).stream().map(c -> c.figure().label()).toList());
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

  /**
   * What a heading has room for: three sentences on three balancers, or, of more, the first and a
   * warning before it.
   */
  @JsonIgnore
  public List<String> headlineWithFewWords() {
    if (headline.size() <= 3 && verdicts.stream().map(Verdict::candidate).distinct().count() <= 3) {
      return headline;
    }
    return headline.subList(0, headline.get(0).equals(ControlCheck.WARNING) ? 2 : 1);
  }

  /** The sentences of the headline for which a heading has no room. */
  @JsonIgnore
  public List<String> restOfHeadline() {
    return headline.subList(headlineWithFewWords().size(), headline.size());
  }

  static Findings of(Report report) {
    List<Verdict> verdicts = verdicts(report.figures());
    return new Findings(
        headline(report, verdicts),
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

  private static List<String> headline(Report report, List<Verdict> verdicts) {
    LabDescription lab = report.run().lab();
    List<String> sentences = new ArrayList<>();
    if (ControlCheck.differs(report.figures())) {
      sentences.add(ControlCheck.WARNING);
    }
    Map<List<String>, List<String>> alike = new LinkedHashMap<>();
    Map<List<String>, List<List<Verdict>>> together = new LinkedHashMap<>();
    for (LabDescription.Balancer candidate : lab.compared()) {
      List<Verdict> own =
          verdicts.stream().filter(v -> v.candidate().equals(candidate.name())).toList();
      if (own.stream().allMatch(v -> v.outcome() == Outcome.NO_DIFFERENCE_SHOWN)) {
        List<String> paths = own.stream().map(Verdict::path).toList();
        alike.computeIfAbsent(paths, key -> new ArrayList<>()).add(lab.inWords(candidate.name()));
      } else {
        List<String> outcomes = own.stream().map(Verdict::outcomes).toList();
        together.computeIfAbsent(outcomes, key -> new ArrayList<>()).add(own);
      }
    }
    together.values().forEach(same -> sentences.add(sentence(lab, same)));
    alike.remove(List.of()); // the first, with which all are compared
    alike.forEach((paths, names) -> sentences.add(noDifference(lab, verdicts, paths, names)));
    if (verdicts.isEmpty()) {
      sentences.add("One balancer was measured, so there is nothing to compare.");
    }
    return sentences;
  }

  private static String noDifference(
      LabDescription lab, List<Verdict> verdicts, List<String> paths, List<String> names) {
    String baseline = lab.inWords(verdicts.get(0).baseline());
    String where = ReportFormat.list(paths);
    return names.size() == 1
        ? "No difference between %s and %s was shown on %s."
            .formatted(names.get(0), baseline, where)
        : "No difference from %s was shown on %s for: %s."
            .formatted(baseline, where, String.join(", ", names));
  }

  /** Of candidates with the same outcome everywhere, by their verdicts. */
  private static String sentence(LabDescription lab, List<List<Verdict>> same) {
    List<String> names = same.stream().map(own -> lab.inWords(own.get(0).candidate())).toList();
    List<Verdict> verdicts = same.get(0);
    String baseline = lab.inWords(verdicts.get(0).baseline());
    List<String> parts = new ArrayList<>();
    String candidate = ReportFormat.list(names);
    String were = candidate + (names.size() == 1 ? " was" : " were");
    add(parts, verdicts, Outcome.BETTER, "%s faster than %s".formatted(were, baseline));
    add(parts, verdicts, Outcome.WORSE, "%s slower than %s".formatted(were, baseline));
    for (Verdict verdict : verdicts) {
      if (verdict.outcome() == Outcome.MIXED) {
        parts.add(
            "on %s %s faster than %s in %s and slower in %s"
                .formatted(
                    verdict.path(),
                    were,
                    baseline,
                    verdict.figuresWith(Outcome.BETTER),
                    verdict.figuresWith(Outcome.WORSE)));
      }
    }
    String none = parts.isEmpty() ? " between %s and %s".formatted(candidate, baseline) : "";
    add(parts, verdicts, Outcome.NO_DIFFERENCE_SHOWN, "no difference%s was shown".formatted(none));
    add(
        parts,
        verdicts,
        Outcome.NOT_ENOUGH_ROUNDS,
        "not enough rounds to compare %s with %s".formatted(candidate, baseline));
    return ReportFormat.sentence(String.join("; ", parts));
  }

  private static void add(
      List<String> parts, List<Verdict> verdicts, Outcome outcome, String said) {
    List<String> paths =
        verdicts.stream()
            .filter(v -> v.outcome() == outcome)
            .map(v -> v.pathWith(outcome))
            .toList();
    if (!paths.isEmpty()) {
      parts.add(said + " on " + ReportFormat.list(paths));
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

  /** The same without the control's. */
  static List<CellFigures> comparedCellsOf(Report report, String path) {
    LabDescription lab = report.run().lab();
    return cellsOf(report.figures(), path).stream()
        .filter(cell -> lab.balancer(cell.cell().balancer()).control() == null)
        .toList();
  }
}
