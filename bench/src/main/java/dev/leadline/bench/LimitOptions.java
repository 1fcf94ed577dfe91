package dev.leadline.bench;

import dev.leadline.bench.error.ExitCode;
import dev.leadline.bench.lab.LabDescription;
import dev.leadline.bench.limits.ChangeLimit;
import dev.leadline.bench.limits.Judgement;
import dev.leadline.bench.limits.Limits;
import dev.leadline.bench.limits.Slo;
import dev.leadline.bench.plan.Cell;
import dev.leadline.bench.report.Report;
import dev.leadline.bench.stats.CellFigures;
import dev.leadline.bench.stats.RunFigures;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options that let figures decide the exit code. */
final class LimitOptions {
  @Option(
      names = "--slo",
      paramLabel = "LIMIT",
      converter = SloConverter.class,
      description =
          "Exit with 5 unless every path keeps this limit, such as 'p99<200ms', 'errors<=0.1%%' or,"
              + " for one balancer, 'leadline:total<2s'; may be repeated.")
  List<Slo> slos = new ArrayList<>();

  @Option(
      names = "--fail-if",
      paramLabel = "CHANGE",
      converter = ChangeConverter.class,
      description =
          "Exit with 5 if the verdict is worse and the change is more than this, such as"
              + " 'p99 > +10%%'; may be repeated.")
  List<ChangeLimit> changes = new ArrayList<>();

  Limits limits() {
    return new Limits(slos, changes);
  }

  /** Checks that every limit is on something of a lab that is measured. */
  void check(LabDescription lab) {
    List<String> names = lab.compared().stream().map(LabDescription.Balancer::name).toList();
    limits().check(names, names.subList(1, names.size()));
  }

  /**
   * Prints what each limit says of a run.
   *
   * @param otherwise the exit code where all are kept
   */
  int exitCode(Report report, PrintWriter out, int otherwise) {
    List<Judgement> judgements =
        new ArrayList<>(limits().judge(report.comparedCells(), report.figures().comparisons()));
    judgements.addAll(notMeasured(report));
    return exitCode(judgements, out, otherwise);
  }

  /** A run that was interrupted may lack a cell; nothing shows that it keeps a limit. */
  private List<Judgement> notMeasured(Report report) {
    LabDescription lab = report.run().lab();
    List<String> names = lab.compared().stream().map(LabDescription.Balancer::name).toList();
    List<Cell> measured = report.comparedCells().stream().map(CellFigures::cell).toList();
    List<Judgement> judgements = new ArrayList<>();
    for (Cell cell : RunFigures.cells(lab)) {
      if (names.contains(cell.balancer()) && !measured.contains(cell)) {
        limits().slos().stream()
            .filter(slo -> slo.balancer() == null || slo.balancer().equals(cell.balancer()))
            .map(slo -> new Judgement(slo.text(), false, "%s was not measured".formatted(cell)))
            .forEach(judgements::add);
      }
    }
    return judgements;
  }

  /**
   * Prints what each limit says.
   *
   * @param otherwise the exit code where all are kept
   */
  static int exitCode(List<Judgement> judgements, PrintWriter out, int otherwise) {
    if (!judgements.isEmpty()) {
      out.printf("%nLimits%n");
    }
    for (Judgement judgement : judgements) {
      out.printf(
          "%s  %s   %s%n", judgement.kept() ? "ok" : "NO", judgement.limit(), judgement.found());
    }
    out.flush();
    return judgements.stream().allMatch(Judgement::kept) ? otherwise : ExitCode.LIMIT_BROKEN;
  }

  static final class SloConverter implements ITypeConverter<Slo> {
    @Override
    public Slo convert(String text) {
      try {
        return Slo.parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  static final class ChangeConverter implements ITypeConverter<ChangeLimit> {
    @Override
    public ChangeLimit convert(String text) {
      try {
        return ChangeLimit.parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }
}
