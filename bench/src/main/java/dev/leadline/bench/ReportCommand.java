package dev.leadline.bench;

import dev.leadline.bench.record.Json;
import dev.leadline.bench.record.ResultsDirectory;
import dev.leadline.bench.record.Run;
import dev.leadline.bench.record.SampleFile;
import dev.leadline.bench.report.TerminalReport;
import dev.leadline.bench.stats.RunFigures;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code bench report}. */
@Command(
    name = "report",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Makes the reports of an earlier run again from its raw files.",
    versionProvider = Main.Version.class)
final class ReportCommand implements Callable<Integer> {
  @Parameters(paramLabel = "DIR", description = "Directory of a run, for example results/latest.")
  private Path directory = Path.of("results/latest");

  @Override
  public Integer call() throws IOException {
    ResultsDirectory results = ResultsDirectory.open(directory);
    Run run = Json.MAPPER.readValue(results.run().toFile(), Run.class);
    RunFigures figures = RunFigures.of(run, SampleFile.read(results.samples()));
    System.out.print(new TerminalReport(run, figures).render());
    return ExitCode.OK;
  }
}
