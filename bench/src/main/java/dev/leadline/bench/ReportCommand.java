package dev.leadline.bench;

import dev.leadline.bench.error.ExitCode;
import dev.leadline.bench.record.ResultsDirectory;
import dev.leadline.bench.record.RunFile;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code bench report}: needs no lab, no network and no CloudWatch. */
@Command(
    name = "report",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    versionProvider = Main.Version.class,
    description = "Makes the reports of an earlier run again from its raw files.")
final class ReportCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "DIR",
      arity = "0..1",
      defaultValue = "results/latest",
      description = "Directory of a run (${DEFAULT-VALUE}).")
  private Path directory = Path.of("results/latest");

  @Mixin private ReportOptions reportOptions = new ReportOptions();

  @Mixin private LimitOptions limitOptions = new LimitOptions();

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    ResultsDirectory run = ResultsDirectory.open(directory);
    limitOptions.check(RunFile.read(run.run()).lab());
    PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
    return limitOptions.exitCode(Reports.of(reportOptions).make(run, out), out, ExitCode.OK);
  }
}
