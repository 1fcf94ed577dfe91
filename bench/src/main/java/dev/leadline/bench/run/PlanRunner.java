package dev.leadline.bench.run;

import dev.leadline.bench.cloudwatch.MinuteClock;
import dev.leadline.bench.error.BenchException;
import dev.leadline.bench.error.FileError;
import dev.leadline.bench.load.BurstGenerator;
import dev.leadline.bench.plan.Load;
import dev.leadline.bench.plan.Pace;
import dev.leadline.bench.plan.Phase;
import dev.leadline.bench.plan.PlannedBurst;
import dev.leadline.bench.progress.RunProgress;
import dev.leadline.bench.record.ResultsDirectory;
import dev.leadline.bench.record.Run;
import dev.leadline.bench.record.SampleFile;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;

/**
 * Runs the plan of a {@link Run}, burst by burst, and records each burst as soon as it has ended,
 * so that an interruption or a crash loses none of the earlier ones.
 */
public final class PlanRunner {
  /** Of one burst, when limits of the client spoil it: what spoils three will spoil a fourth. */
  static final int MAX_ATTEMPTS = 3;

  private static final Duration PAUSE_BETWEEN_PROBES = Duration.ofMillis(200);

  private final ResultsDirectory directory;
  private final BurstGenerator generator;
  private final MinuteClock minutes;
  private final RunProgress progress;
  private final AroundBurst around;
  private final CoolDown coolDown = new CoolDown();
  private int probes;
  private Run run;

  /**
   * Prepares a run.
   *
   * @param run with a plan and no bursts yet
   * @param around what is done beside the bursts
   */
  public PlanRunner(
      Run run,
      ResultsDirectory directory,
      BurstGenerator generator,
      MinuteClock minutes,
      RunProgress progress,
      AroundBurst around) {
    this.run = run;
    this.directory = directory;
    this.generator = generator;
    this.minutes = minutes;
    this.progress = progress;
    this.around = around;
  }

  /** What was run so far, also after {@link #measure} threw. */
  public Run run() {
    return run;
  }

  /**
   * Runs the whole plan.
   *
   * @throws InterruptedException when the thread was interrupted; bursts that had ended are kept, a
   *     soak up to then, and of a ramp the steps that had ended
   * @throws BenchException when a file cannot be written; bursts that had been are kept
   */
  public void measure() throws InterruptedException {
    ResultsDirectory.writeJson(directory.run(), run);
    progress.waiting("the client warms up");
    generator.warmUp();
    try (SampleFile samples = SampleFile.create(directory.samples())) {
      for (PlannedBurst planned : run.plan()) {
        for (int attempt = 1; !fire(planned, attempt == MAX_ATTEMPTS, samples); attempt++) {}
        progress.burstEnded(planned.cell().balancer() + " " + planned.cell().path());
      }
    } catch (IOException e) {
      throw BenchException.failed(
          "%s cannot be written: %s".formatted(directory.samples(), FileError.reason(e)));
    }
    run = run.ended(Run.State.COMPLETE, minutes.now());
    ResultsDirectory.writeJson(directory.run(), run);
  }

  /**
   * Runs one burst and records it.
   *
   * @param last whether a burst that limits of the client spoiled is to count all the same
   * @return false when it was void and is to be repeated
   */
  private boolean fire(PlannedBurst planned, boolean last, SampleFile samples)
      throws IOException, InterruptedException {
    boolean counts = planned.phase() == Phase.MEASURED;
    around.prepare(planned);
    // Between other cells' bursts, a warm-up would be counted in one of their minutes.
    if ((counts || run.lab().switched()) && run.settings().pace() == Pace.MINUTE) {
      progress.waiting("next minute");
      minutes.awaitNext();
    }
    around.before(planned);
    BurstGenerator.Result result =
        generator.fire(planned, run.lab().balancer(planned.cell().balancer()));
    boolean interrupted = Thread.interrupted();
    boolean isVoid = counts && !last && !interrupted && result.burst().spoiled();
    if (isVoid) {
      long earlier = run.bursts().stream().filter(burst -> burst.phase() == Phase.VOID).count();
      result = result.as(new PlannedBurst(Phase.VOID, (int) earlier + 1, planned.cell()));
      progress.note(
          "Void, and repeated: round %d of %s: %s"
              .formatted(
                  planned.round(),
                  planned.cell(),
                  String.join("; ", Objects.requireNonNull(result.burst().audit()).limits())));
    }
    record(result, samples);
    if (counts && result.numberReached() && run.settings().load().requests() == 0) {
      remarkOnce(
          "A closed loop of %s had sent %,d requests before its time, which are the most of one measurement: give a shorter -z, and more --rounds."
              .formatted(planned.cell(), Load.MAX_REQUESTS));
    }
    if (interrupted) {
      throw new InterruptedException();
    }
    around.after(planned);
    if (coolDown.mustFollow(planned.cell(), result.samples())) {
      coolDown(planned, samples);
    }
    return !isVoid;
  }

  private void remarkOnce(String remark) {
    if (!run.remarks().contains(remark)) {
      run = run.withRemark(remark);
      progress.note(remark);
    }
  }

  private void record(BurstGenerator.Result result, SampleFile samples) throws IOException {
    samples.append(result.samples());
    run = run.with(result.burst());
    ResultsDirectory.writeJson(directory.run(), run);
  }

  /** Sends single requests until targets are idle, no longer than a request may take. */
  private void coolDown(PlannedBurst after, SampleFile samples)
      throws IOException, InterruptedException {
    progress.waiting("targets to finish what nobody waits for");
    Instant deadline = minutes.now().plusMillis(run.settings().timeoutMillis());
    while (minutes.now().isBefore(deadline)) {
      PlannedBurst probe = new PlannedBurst(Phase.PROBE, ++probes, after.cell());
      BurstGenerator.Result result =
          generator.probe(probe, run.lab().balancer(after.cell().balancer()));
      record(result, samples);
      if (coolDown.ends(after.cell(), result.samples().get(0))) {
        return;
      }
      minutes.sleep(PAUSE_BETWEEN_PROBES);
    }
    run =
        run.withRemark(
            "Targets were still busy with given-up requests of %s (%s round %d) when the next burst began."
                .formatted(after.cell(), after.phase().label(), after.round()));
  }

  /** Records that the run ended before its plan did. */
  public void interrupted() {
    run = run.ended(Run.State.INTERRUPTED, minutes.now());
    ResultsDirectory.writeJson(directory.run(), run);
  }
}
