package dev.leadline.bench;

import dev.leadline.bench.cloudwatch.CloudWatchReader;
import dev.leadline.bench.cloudwatch.CloudWatchReading;
import dev.leadline.bench.cloudwatch.IdleMinuteWait;
import dev.leadline.bench.cloudwatch.MinuteClock;
import dev.leadline.bench.cloudwatch.SettledMetricsReader;
import dev.leadline.bench.cloudwatch.StatisticsReader;
import dev.leadline.bench.disturb.Disturbance;
import dev.leadline.bench.disturb.DisturbanceParser;
import dev.leadline.bench.disturb.Disturber;
import dev.leadline.bench.disturb.SessionManager;
import dev.leadline.bench.error.BenchException;
import dev.leadline.bench.error.ExitCode;
import dev.leadline.bench.lab.LabDescription;
import dev.leadline.bench.load.BurstGenerator;
import dev.leadline.bench.load.LoadSpec;
import dev.leadline.bench.load.OpenFileLimit;
import dev.leadline.bench.plan.Cell;
import dev.leadline.bench.plan.Load;
import dev.leadline.bench.plan.Pattern;
import dev.leadline.bench.plan.Phase;
import dev.leadline.bench.plan.Plan;
import dev.leadline.bench.plan.PlannedBurst;
import dev.leadline.bench.progress.RunProgress;
import dev.leadline.bench.record.RecordedSamples;
import dev.leadline.bench.record.ResultsDirectory;
import dev.leadline.bench.record.Run;
import dev.leadline.bench.record.Run.Settings;
import dev.leadline.bench.record.RunFile;
import dev.leadline.bench.report.Report;
import dev.leadline.bench.run.AroundBurst;
import dev.leadline.bench.run.PlanRunner;
import dev.leadline.bench.stats.RunFigures;
import dev.leadline.bench.switching.Switcher;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code bench run}: measures, reads CloudWatch, reports. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    versionProvider = Main.Version.class,
    description = "Measures, reads what CloudWatch counted, and writes reports.")
final class RunCommand implements Callable<Integer> {
  @Mixin private RunOptions options = new RunOptions();
  @Mixin private ReportOptions reportOptions = new ReportOptions();

  @Mixin private LimitOptions limitOptions = new LimitOptions();

  @Spec private @Nullable CommandSpec spec;

  private final MinuteClock minutes = MinuteClock.ofSystem();
  private final BurstGenerator.Routine routine;

  RunCommand(BurstGenerator.Routine routine) {
    this.routine = routine;
  }

  @Override
  public Integer call() {
    Reports reports = Reports.of(reportOptions);
    LabDescription lab = options.measured();
    Settings settings = options.settings(lab);
    List<Disturbance> disturbances = DisturbanceParser.parse(options.disturb);
    if (!disturbances.isEmpty()) {
      Disturber.check(lab, disturbances, loadLength(settings));
    }
    OpenFileLimit.checkRoomFor(settings.load().connections(), OpenFileLimit.limit());
    limitOptions.check(lab);
    List<Cell> cells = RunFigures.cells(lab);
    Run run = planned(lab, settings, cells);
    if (!disturbances.isEmpty()) {
      run = run.withRemark(Disturber.remark(disturbances));
    }
    ResultsDirectory directory =
        ResultsDirectory.create(options.results, run.startedAt(), lab.profile());
    try {
      ResultsDirectory.writeJson(directory.run(), run);
      announce(run);
      Report report = measureAndReport(run, cells.size(), directory, reports, disturbances);
      directory.becomeLatest();
      return limitOptions.exitCode(report, out(), Reports.exitCode(report));
    } catch (InterruptedException e) {
      err().printf("%nInterrupted. %s%n", kept(directory));
      err().flush();
      return ExitCode.INTERRUPTED;
    } catch (BenchException e) {
      throw e.with(kept(directory));
    }
  }

  private Report measureAndReport(
      Run planned,
      int cells,
      ResultsDirectory directory,
      Reports reports,
      List<Disturbance> disturbances)
      throws InterruptedException {
    LabDescription lab = planned.lab();
    boolean readsCloudWatch =
        !options.noCloudWatch && lab.balancers().stream().anyMatch(b -> b.cloudwatch() != null);
    Run begun = readsCloudWatch ? afterIdleMinute(planned) : planned;
    Run run = measure(begun, cells, directory, disturbances);
    CloudWatchReading cloudWatch =
        readsCloudWatch
            ? readCloudWatch(run, directory)
            : CloudWatchReading.notAsked(
                options.noCloudWatch
                    ? "CloudWatch was not read (--no-cloudwatch)."
                    : "These balancers publish no metrics, so CloudWatch was not read.");
    ResultsDirectory.writeJson(directory.cloudWatch(), cloudWatch);
    return reports.make(directory, out());
  }

  /** What a run that was stopped leaves, and what to do with it. */
  private static String kept(ResultsDirectory directory) {
    boolean measured =
        Files.exists(directory.run())
            && RunFile.read(directory.run()).bursts().stream()
                .anyMatch(burst -> burst.phase() == Phase.MEASURED);
    return measured
        ? "What was measured is kept; `bench report %s` reports on it.".formatted(directory.path())
        : "No measured burst had ended.";
  }

  private static Run planned(LabDescription lab, Settings settings, List<Cell> cells) {
    return new Run(
        BuildInfo.version(),
        Run.State.RUNNING,
        MinuteClock.ofSystem().now(),
        null,
        settings,
        new Run.Client(
            System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"),
            BuildInfo.vertxVersion(),
            System.getProperty("os.name") + " " + System.getProperty("os.version"),
            Runtime.getRuntime().availableProcessors(),
            OpenFileLimit.limit()),
        lab,
        ProxyVariables.remark(System.getenv()).stream().toList(),
        plan(lab, settings, cells),
        List.of());
  }

  private static List<PlannedBurst> plan(LabDescription lab, Settings settings, List<Cell> cells) {
    if (!lab.switched()) {
      return Plan.of(cells, settings.warmUps(), settings.rounds(), settings.seed());
    }
    List<List<Cell>> ofBalancers =
        lab.balancers().stream()
            .map(it -> cells.stream().filter(cell -> cell.balancer().equals(it.name())).toList())
            .toList();
    return Plan.inTurns(ofBalancers, settings.warmUps(), settings.rounds(), settings.seed());
  }

  /** Of a burst; null where nobody can say before it. */
  private static @Nullable Duration loadLength(Settings settings) {
    Load load = settings.load();
    boolean steady = load.pattern() == Pattern.RATE || load.pattern() == Pattern.CLOSED;
    return steady && load.durationMillis() > 0 ? Duration.ofMillis(load.durationMillis()) : null;
  }

  private void announce(Run run) {
    err()
        .printf(
            "%s on %s through %s%s%n"
                + (run.lab().switched()
                    ? "%d warm-up bursts before each of the bursts of %d measured rounds, order drawn with seed %d%n"
                    : "%d warm-up and %d measured rounds, order drawn with seed %d%n"),
            run.settings().load().summary(),
            String.join(
                ", ", run.lab().paths().stream().map(LabDescription.MeasuredPath::path).toList()),
            String.join(
                ", ", run.lab().compared().stream().map(LabDescription.Balancer::name).toList()),
            control(run.lab()),
            run.settings().warmUps(),
            run.settings().rounds(),
            run.settings().seed());
    run.remarks().forEach(err()::println);
    if (!run.settings().load().caution().isEmpty()) {
      err().println(run.settings().load().caution());
    }
    err().flush();
  }

  private static String control(LabDescription lab) {
    return lab.balancers().stream()
        .map(LabDescription.Balancer::control)
        .flatMap(Stream::ofNullable)
        .findFirst()
        .map(c -> "; %s again on %s as control".formatted(c.of(), String.join(", ", c.paths())))
        .orElse("");
  }

  private Run afterIdleMinute(Run run) throws InterruptedException {
    Run remarked = run;
    try (StatisticsReader source = CloudWatchReader.of(run.lab());
        RunProgress progress = RunProgress.ofWaiting()) {
      IdleMinuteWait wait =
          new IdleMinuteWait(
              source,
              minutes,
              options.pollInterval(run.lab()).multipliedBy(2),
              Duration.ofMinutes(5));
      for (String remark : wait.await(run.lab(), progress)) {
        progress.note(remark);
        remarked = remarked.withRemark(remark);
      }
    }
    return remarked;
  }

  private Run measure(
      Run run, int cells, ResultsDirectory directory, List<Disturbance> disturbances)
      throws InterruptedException {
    Settings settings = run.settings();
    try (BurstGenerator generator =
            new BurstGenerator(
                new LoadSpec(
                    settings.load(),
                    options.http.spec(!run.lab().targets().isEmpty()),
                    Duration.ofMillis(settings.timeoutMillis()),
                    settings.preConnected(),
                    settings.seed()),
                routine);
        AroundBurst around = around(run, directory, disturbances);
        RunProgress progress = RunProgress.ofBursts(run.plan().size(), cells)) {
      PlanRunner runner = new PlanRunner(run, directory, generator, minutes, progress, around);
      try {
        runner.measure();
        return runner.run();
      } catch (InterruptedException e) {
        runner.interrupted();
        throw e;
      }
    }
  }

  private AroundBurst around(Run run, ResultsDirectory directory, List<Disturbance> disturbances) {
    AroundBurst disturber = disturber(run, directory, disturbances);
    return run.lab().switched() ? AroundBurst.both(new Switcher(run.lab()), disturber) : disturber;
  }

  private AroundBurst disturber(
      Run run, ResultsDirectory directory, List<Disturbance> disturbances) {
    return disturbances.isEmpty()
        ? AroundBurst.NOTHING
        : new Disturber(
            run.lab(),
            disturbances,
            SessionManager.of(run.lab(), System.getenv()),
            directory.disturbances(),
            options.pauseAfterDisturbance(run.lab()));
  }

  private CloudWatchReading readCloudWatch(Run run, ResultsDirectory directory)
      throws InterruptedException {
    LabDescription lab = run.lab();
    Duration limit = options.settleLimit(lab);
    try (StatisticsReader source = CloudWatchReader.of(lab);
        RunProgress progress = RunProgress.ofWaiting()) {
      progress.note(
          "Waiting until CloudWatch has counted all requests, %d s at most"
              .formatted(limit.toSeconds()));
      return new SettledMetricsReader(source, minutes, options.pollInterval(lab), limit, progress)
          .read(run, RecordedSamples.open(directory.samples(), run));
    }
  }

  private PrintWriter out() {
    return Objects.requireNonNull(spec).commandLine().getOut();
  }

  private PrintWriter err() {
    return Objects.requireNonNull(spec).commandLine().getErr();
  }
}
