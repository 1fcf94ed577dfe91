package dev.leadline.bench.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.bench.Samples;
import dev.leadline.bench.cloudwatch.CloudWatchReading;
import dev.leadline.bench.cloudwatch.MinuteClock;
import dev.leadline.bench.error.BenchException;
import dev.leadline.bench.lab.LabDescription;
import dev.leadline.bench.lab.LabDescription.Balancer;
import dev.leadline.bench.load.BurstGenerator;
import dev.leadline.bench.load.BurstGenerator.Routine;
import dev.leadline.bench.load.HttpSpec;
import dev.leadline.bench.load.LoadSpec;
import dev.leadline.bench.load.TestClient;
import dev.leadline.bench.load.TestServer;
import dev.leadline.bench.load.TestTime;
import dev.leadline.bench.plan.Arrivals;
import dev.leadline.bench.plan.Expectation;
import dev.leadline.bench.plan.Load;
import dev.leadline.bench.plan.Pattern;
import dev.leadline.bench.plan.Phase;
import dev.leadline.bench.progress.LineProgress;
import dev.leadline.bench.progress.RecordedProgress;
import dev.leadline.bench.progress.RunProgress;
import dev.leadline.bench.record.RecordedSamples;
import dev.leadline.bench.record.ResultsDirectory;
import dev.leadline.bench.record.Run;
import dev.leadline.bench.record.Run.BurstRecord;
import dev.leadline.bench.record.RunFile;
import dev.leadline.bench.report.Report;
import dev.leadline.bench.report.ValidityCheck;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class PlanRunnerTest {
  @TempDir private Path results = Path.of(".");

  private ResultsDirectory directory() {
    return new ResultsDirectory(results);
  }

  private static Run planned(TestServer server) {
    return planned(server, Load.burst(Samples.REQUESTS));
  }

  private static Run planned(TestServer server, Load load) {
    LabDescription lab =
        new LabDescription(
            LabDescription.AD_HOC,
            null,
            null,
            List.of(),
            List.of(new Balancer("alb", "alb", server.url(), null)),
            List.of(new LabDescription.MeasuredPath("/p", List.of())),
            List.of(),
            Map.of());
    Run run = Samples.with(Samples.run(lab, 3), load);
    return new Run(
        run.benchVersion(),
        Run.State.RUNNING,
        run.startedAt(),
        null,
        run.settings(),
        run.client(),
        lab,
        List.of(),
        run.plan(),
        List.of());
  }

  private PlanRunner runner(TestServer server, BurstGenerator generator, RunProgress progress) {
    return runner(planned(server), generator, progress);
  }

  private PlanRunner runner(Run run, BurstGenerator generator, RunProgress progress) {
    return new PlanRunner(
        run, directory(), generator, MinuteClock.ofSystem(), progress, AroundBurst.NOTHING);
  }

  private static BurstGenerator generator(Load load) {
    return new BurstGenerator(
        new LoadSpec(load, HttpSpec.get(Expectation.JSON), Duration.ofSeconds(10), false, 1),
        Routine.NONE);
  }

  private static BurstGenerator generator() {
    return TestClient.ofBursts(Samples.REQUESTS, Duration.ofSeconds(10), false);
  }

  private Run recorded() {
    return RunFile.read(directory().run());
  }

  /** Without those that this machine spoiled, and that were repeated. */
  private List<BurstRecord> bursts() {
    return recorded().bursts().stream().filter(burst -> burst.phase() != Phase.VOID).toList();
  }

  /** As a report reads them: checked against what run.json says. */
  private int samples() {
    RecordedSamples samples = RecordedSamples.open(directory().samples(), recorded());
    return bursts().stream().mapToInt(samples::count).sum();
  }

  @Test
  void theWholePlanIsRunAndRecorded() throws InterruptedException {
    try (TestServer server = TestServer.answering();
        BurstGenerator generator = generator()) {
      runner(server, generator, new RecordedProgress()).measure();

      assertEquals(Run.State.COMPLETE, recorded().state());
      assertEquals(
          planned(server).plan().stream().map(b -> b.phase() + " " + b.round()).toList(),
          bursts().stream().map(b -> b.phase() + " " + b.round()).toList());
      assertEquals(4 * Samples.REQUESTS, samples());
    }
  }

  /**
   * A request that was given up may keep its target busy: one that is quick shows that it is not.
   */
  @Test
  void aProbeFollowsABurstThatLeftWork() throws InterruptedException {
    Duration timeout = Duration.ofSeconds(10);
    TestTime time = new TestTime();
    AtomicInteger asked = new AtomicInteger();
    try (TestServer server =
            TestServer.http(
                r -> {
                  if (asked.incrementAndGet() == Samples.REQUESTS) {
                    time.pass(timeout);
                  } else {
                    r.response().end(TestServer.ANSWER);
                  }
                });
        BurstGenerator generator =
            TestClient.of(TestClient.bursts(Samples.REQUESTS, timeout, false), time)) {
      runner(server, generator, new RecordedProgress()).measure();

      assertEquals(1, bursts().stream().filter(burst -> burst.phase() == Phase.PROBE).count());
      assertEquals(List.of(), recorded().remarks());
      assertEquals(4 * Samples.REQUESTS + 1, samples());
    }
  }

  /** Jumps by an hour each time it is looked at. */
  private static final class JumpingClock extends Clock {
    private Instant now = Instant.EPOCH;

    @Override
    public Instant instant() {
      now = now.plusSeconds(3600);
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }

  /** Three attempts for each of three rounds; the warm-up counts for nothing and has one. */
  @Test
  void aBurstThatTheClientSpoiledIsVoidAndRepeatedUpToABound() throws InterruptedException {
    LoadSpec spec = TestClient.bursts(Samples.REQUESTS, Duration.ofSeconds(10), false);
    RecordedProgress progress = new RecordedProgress();
    try (TestServer server = TestServer.answering();
        BurstGenerator generator =
            new BurstGenerator(spec, Routine.NONE, new JumpingClock(), System::nanoTime)) {
      runner(server, generator, progress).measure();
    }
    Run run = recorded();
    assertEquals(
        List.of(
            "warm-up 1",
            "void 1",
            "void 2",
            "measured 1",
            "void 3",
            "void 4",
            "measured 2",
            "void 5",
            "void 6",
            "measured 3"),
        run.bursts().stream().map(b -> b.phase().label() + " " + b.round()).toList());
    assertTrue(run.bursts().stream().allMatch(BurstRecord::spoiled));
    assertEquals(6, progress.notes.size());
    assertTrue(progress.notes.get(0).contains("the wall clock moved"), progress.notes.get(0));

    Report report =
        Report.of(
            run,
            RecordedSamples.open(directory().samples(), run),
            CloudWatchReading.notAsked("not asked"));
    assertEquals(3 * Samples.REQUESTS, report.figures().requests());
    ValidityCheck check =
        report.findings().checks().stream()
            .filter(c -> c.question().equals("Not spoiled by the client itself"))
            .findFirst()
            .orElseThrow();
    assertFalse(check.holds());
    assertTrue(check.answer().contains("void and were repeated: 6."), check.answer());
    assertTrue(check.answer().contains("the wall clock moved"), check.answer());
  }

  /** Ctrl-C: what had been measured is there, and what it says of itself is true. */
  @Test
  void anInterruptionKeepsWhatWasMeasured() {
    try (TestServer server = TestServer.answering();
        BurstGenerator generator = generator()) {
      PlanRunner runner = runner(server, generator, RecordedProgress.interruptingAfter(2));
      assertThrows(InterruptedException.class, runner::measure);
      runner.interrupted();

      assertEquals(Run.State.INTERRUPTED, recorded().state());
      assertEquals(2, bursts().size());
      assertEquals(2 * Samples.REQUESTS, samples());
    }
  }

  /** It may go on for hours: what it has shown until then is worth a report. */
  @Test
  void anInterruptedSoakIsKeptUntilThen() {
    AtomicInteger asked = new AtomicInteger();
    Thread soaking = Thread.currentThread();
    Load soak =
        new Load(Pattern.SOAK, 0, 1, true, 1, 500, 500, 1, Arrivals.CONSTANT, 50_000, 1_000, 1);
    try (TestServer server =
            TestServer.http(
                r -> {
                  if (asked.incrementAndGet() == 51) {
                    soaking.interrupt();
                  } else {
                    r.response().end(TestServer.ANSWER);
                  }
                });
        BurstGenerator generator = generator(soak)) {
      PlanRunner runner = runner(planned(server, soak), generator, new RecordedProgress());
      assertThrows(InterruptedException.class, runner::measure);
      runner.interrupted();

      assertEquals(1, bursts().size());
      assertEquals(50, samples());
    }
  }

  /** A run may ask for a time in which more requests are sent than fit into memory. */
  @Test
  void aClosedLoopThatEndedEarlyIsARemark() throws InterruptedException {
    Load asked = new Load(Pattern.CLOSED, 0, 2, true, 1, 0, 0, 1, Arrivals.CONSTANT, 60_000, 0, 1);
    Load sent = new Load(Pattern.CLOSED, 20, 2, true, 1, 0, 0, 1, Arrivals.CONSTANT, 60_000, 0, 1);
    RecordedProgress progress = new RecordedProgress();
    try (TestServer server = TestServer.answering();
        BurstGenerator generator = generator(sent)) {
      runner(planned(server, asked), generator, progress).measure();
    }
    assertEquals(
        List.of(
            "A closed loop of /p through alb had sent 2,000,000 requests before its time,"
                + " which are the most of one measurement: give a shorter -z, and more --rounds."),
        recorded().remarks());
    assertTrue(progress.notes.containsAll(recorded().remarks()), progress.notes.toString());
  }

  /** One sentence, and run.json lists the bursts whose samples are whole. */
  @Test
  void aFullDiskEndsTheRunWithASentence() throws IOException {
    Files.createSymbolicLink(directory().samples(), Path.of("/dev/full"));
    try (TestServer server = TestServer.answering();
        BurstGenerator generator = generator()) {
      PlanRunner runner = runner(server, generator, new RecordedProgress());
      BenchException e = assertThrows(BenchException.class, runner::measure);

      assertEquals(
          directory().samples() + " cannot be written: no space left on device", e.getMessage());
      assertEquals(List.of(), recorded().bursts());
    }
  }

  @Test
  void aLogGetsALineForEachRound() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (RunProgress progress =
        new LineProgress(new PrintStream(bytes, true, StandardCharsets.UTF_8), 6, 3)) {
      for (int i = 0; i < 6; i++) {
        progress.burstEnded("x");
      }
    }
    assertEquals(
        List.of("3 of 6 bursts done", "6 of 6 bursts done"),
        bytes.toString(StandardCharsets.UTF_8).lines().toList());
  }
}
