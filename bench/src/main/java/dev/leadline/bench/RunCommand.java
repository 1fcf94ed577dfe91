package dev.leadline.bench;

import dev.leadline.bench.lab.Lab;
import dev.leadline.bench.load.BurstGenerator;
import dev.leadline.bench.load.OpenFiles;
import dev.leadline.bench.plan.Cell;
import dev.leadline.bench.plan.Plan;
import dev.leadline.bench.record.ResultsDirectory;
import dev.leadline.bench.record.Run;
import dev.leadline.bench.record.Run.Settings;
import dev.leadline.bench.record.SampleFile;
import dev.leadline.bench.report.TerminalReport;
import dev.leadline.bench.run.BarProgress;
import dev.leadline.bench.run.Experiment;
import dev.leadline.bench.run.LineProgress;
import dev.leadline.bench.run.Minutes;
import dev.leadline.bench.run.Progress;
import dev.leadline.bench.run.Terminal;
import dev.leadline.bench.stats.RunFigures;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code bench run}. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Measures, asks CloudWatch, and reports.",
    versionProvider = Main.Version.class)
final class RunCommand implements Callable<Integer> {
  @Mixin private RunOptions options = new RunOptions();

  @Override
  public Integer call() throws IOException {
    Lab lab = options.measured();
    Settings settings = options.settings(lab);
    OpenFiles.checkRoomFor(settings.requests(), OpenFiles.limit());
    Minutes minutes = Minutes.ofSystem();
    ResultsDirectory directory =
        ResultsDirectory.create(options.results, minutes.now(), lab.profile());
    List<Cell> cells = RunFigures.cells(lab);
    Run run =
        new Run(
            BuildInfo.version(),
            Run.State.RUNNING,
            minutes.now(),
            null,
            settings,
            client(),
            lab,
            List.of(),
            Plan.of(cells, settings.warmUps(), settings.rounds(), settings.seed()),
            List.of());
    System.err.printf(
        "%,d requests at once; %d paths x %d balancers, %d warm-up and %d measured bursts each;"
            + " seed %d%n",
        settings.requests(),
        lab.paths().size(),
        lab.balancers().size(),
        settings.warmUps(),
        settings.rounds(),
        settings.seed());
    Duration timeout = Duration.ofMillis(settings.timeoutMillis());
    try (BurstGenerator generator =
            new BurstGenerator(settings.requests(), timeout, settings.preConnected());
        Progress progress = progress(run.plan().size(), cells.size())) {
      Experiment experiment = new Experiment(run, directory, generator, minutes, progress);
      try {
        experiment.measure();
        run = experiment.run();
      } catch (InterruptedException e) {
        experiment.interrupted();
        System.err.printf(
            "%nInterrupted: the %d bursts that had ended are kept in %s%n",
            experiment.run().bursts().size(), directory.path());
        return ExitCode.INTERRUPTED;
      }
    }
    RunFigures figures = RunFigures.of(run, SampleFile.read(directory.samples()));
    System.out.print(new TerminalReport(run, figures).render());
    directory.becomeLatest();
    System.err.printf("%nResults: %s%n", directory.path());
    return figures.failed() == 0 ? ExitCode.OK : ExitCode.REQUESTS_FAILED;
  }

  private static Progress progress(int bursts, int burstsPerRound) {
    return Terminal.isTerminal(Terminal.STDERR)
        ? new BarProgress(System.err, bursts)
        : new LineProgress(System.err, bursts, burstsPerRound);
  }

  private static Run.Client client() {
    return new Run.Client(
        System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"),
        BuildInfo.vertxVersion(),
        System.getProperty("os.name") + " " + System.getProperty("os.version"),
        Runtime.getRuntime().availableProcessors(),
        OpenFiles.limit());
  }
}
