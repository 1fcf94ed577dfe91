package dev.leadline.bench;

import dev.leadline.bench.limits.Limits;
import dev.leadline.bench.record.ResultsDirectory;
import dev.leadline.bench.report.ComparisonReport;
import dev.leadline.bench.report.Report;
import dev.leadline.bench.report.ReportFiles;
import dev.leadline.bench.stats.BalancerComparison;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code bench compare}: two runs from their raw files. */
@Command(
    name = "compare",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    versionProvider = Main.Version.class,
    description =
        "Compares two runs of the same load: whether every balancer takes more or less time in the"
            + " second than in the first.")
final class CompareCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "FIRST", description = "Directory of the run before.")
  private Path first = Path.of(".");

  @Parameters(index = "1", paramLabel = "SECOND", description = "Directory of the run after.")
  private Path second = Path.of(".");

  @Mixin private LimitOptions limitOptions = new LimitOptions();

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    Report before = ReportFiles.read(ResultsDirectory.open(first));
    Report after = ReportFiles.read(ResultsDirectory.open(second));
    ComparisonReport report = ComparisonReport.of(before, after, Reports.ansi());
    List<BalancerComparison> comparisons = report.comparisons();
    Limits limits = limitOptions.limits();
    List<String> compared =
        comparisons.stream().map(BalancerComparison::candidate).distinct().toList();
    limits.check(compared, compared);
    PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
    out.print(report.render());
    out.flush();
    return LimitOptions.exitCode(
        limits.judge(after.comparedCells(), comparisons), out, Reports.exitCode(after));
  }
}
