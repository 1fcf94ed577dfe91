package dev.leadline.bench.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.bench.Samples;
import dev.leadline.bench.cloudwatch.CloudWatchReading;
import dev.leadline.bench.cloudwatch.MinuteClock;
import dev.leadline.bench.error.BenchException;
import dev.leadline.bench.json.Json;
import dev.leadline.bench.lab.LabDescription;
import dev.leadline.bench.lab.LabDescription.Balancer;
import dev.leadline.bench.load.BurstGenerator;
import dev.leadline.bench.load.HttpSpec;
import dev.leadline.bench.load.LoadSpec;
import dev.leadline.bench.load.TestServer;
import dev.leadline.bench.plan.Expectation;
import dev.leadline.bench.plan.Load;
import dev.leadline.bench.plan.Phase;
import dev.leadline.bench.progress.LineProgress;
import dev.leadline.bench.progress.RunProgress;
import dev.leadline.bench.record.RecordedSamples;
import dev.leadline.bench.record.ResultsDirectory;
import dev.leadline.bench.record.Run;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class PlanRunnerTest {
  @TempDir private Path results = Path.of(".");

  private static Run planned(TestServer server) {
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
    Run run = Samples.run(lab, 3);
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

  /** Counts bursts, and interrupts the one who waits after a number of them. */
  private static RunProgress interruptingAfter(int bursts) {
    return new RunProgress() {
      private int ended;

      @Override
      public void burstEnded(String what) {
        if (++ended == bursts) {
          Thread.currentThread().interrupt();
        }
      }

      @Override
      public void note(String sentence) {}

      @Override
      public void waiting(String what) {}

      @Override
      public void close() {}
    };
  }

  /** As a report reads them: checked against what run.json says. */
  private static int samples(ResultsDirectory directory) {
    Run run = RunFile.read(directory.run());
    RecordedSamples samples = RecordedSamples.open(directory.samples(), run);
    return run.bursts().stream().mapToInt(samples::count).sum();
  }

  @Test
  void theWholePlanIsRunAndRecorded() throws IOException, InterruptedException {
    ResultsDirectory directory = ResultsDirectory.create(results, Instant.EPOCH, "test");
    try (TestServer server = TestServer.http(r -> r.response().end(TestServer.ANSWER));
        BurstGenerator generator =
            new BurstGenerator(Samples.REQUESTS, Duration.ofSeconds(10), false, true)) {
      Run run = planned(server);
      PlanRunner experiment =
          new PlanRunner(
              run,
              directory,
              generator,
              MinuteClock.ofSystem(),
              interruptingAfter(Integer.MAX_VALUE),
              AroundBurst.NOTHING);
      experiment.measure();

      Run recorded = Json.MAPPER.readValue(directory.run().toFile(), Run.class);
      assertEquals(Run.State.COMPLETE, recorded.state());
      assertEquals(
          run.plan().stream().map(b -> b.phase() + " " + b.round()).toList(),
          recorded.bursts().stream().map(b -> b.phase() + " " + b.round()).toList());
      assertEquals(4 * Samples.REQUESTS, samples(directory));
    }
  }

  /**
   * A request that was given up may keep its target busy: one that is quick shows that it is not.
   */
  @Test
  void aProbeFollowsABurstThatLeftWork() throws IOException, InterruptedException {
    ResultsDirectory directory = ResultsDirectory.create(results, Instant.EPOCH, "test");
    AtomicInteger asked = new AtomicInteger();
    try (TestServer server =
            TestServer.http(
                r -> {
                  if (asked.incrementAndGet() != 3) {
                    r.response().end(TestServer.ANSWER);
                  }
                });
        BurstGenerator generator =
            new BurstGenerator(Samples.REQUESTS, Duration.ofMillis(500), false, true)) {
      PlanRunner experiment =
          new PlanRunner(
              planned(server),
              directory,
              generator,
              MinuteClock.ofSystem(),
              interruptingAfter(Integer.MAX_VALUE),
              AroundBurst.NOTHING);
      experiment.measure();

      Run recorded = RunFile.read(directory.run());
      assertEquals(
          1, recorded.bursts().stream().filter(burst -> burst.phase() == Phase.PROBE).count());
      assertEquals(List.of(), recorded.remarks());
      assertEquals(4 * Samples.REQUESTS + 1, samples(directory));
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
  void aBurstThatTheClientSpoiledIsVoidAndRepeatedUpToABound()
      throws IOException, InterruptedException {
    ResultsDirectory directory = ResultsDirectory.create(results, Instant.EPOCH, "test");
    LoadSpec spec =
        new LoadSpec(
            Load.burst(Samples.REQUESTS),
            HttpSpec.get(Expectation.JSON),
            Duration.ofSeconds(10),
            false,
            1);
    List<String> notes = new ArrayList<>();
    try (TestServer server = TestServer.http(r -> r.response().end(TestServer.ANSWER));
        BurstGenerator generator = new BurstGenerator(spec, new JumpingClock())) {
      new PlanRunner(
              planned(server),
              directory,
              generator,
              MinuteClock.ofSystem(),
              noting(notes),
              AroundBurst.NOTHING)
          .measure();
    }
    Run recorded = Json.MAPPER.readValue(directory.run().toFile(), Run.class);
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
        recorded.bursts().stream().map(b -> b.phase().label() + " " + b.round()).toList());
    assertTrue(recorded.bursts().stream().allMatch(Run.BurstRecord::spoiled));
    assertEquals(6, notes.size());
    assertTrue(notes.get(0).contains("the wall clock moved"), notes.get(0));

    Report report =
        Report.of(
            recorded,
            RecordedSamples.open(directory.samples(), recorded),
            CloudWatchReading.notAsked("not asked"));
    assertEquals(3 * Samples.REQUESTS, report.figures().requests());
    ValidityCheck check =
        report.findings().checks().stream()
            .filter(c -> c.question().equals("Not spoiled by the client itself"))
            .findFirst()
            .orElseThrow();
    assertFalse(check.holds());
    assertTrue(check.answer().contains("6 bursts were void"), check.answer());
    assertTrue(check.answer().contains("the wall clock moved"), check.answer());
  }

  private static RunProgress noting(List<String> notes) {
    return new RunProgress() {
      @Override
      public void burstEnded(String what) {}

      @Override
      public void note(String sentence) {
        notes.add(sentence);
      }

      @Override
      public void waiting(String what) {}

      @Override
      public void close() {}
    };
  }

  /** Ctrl-C: what had been measured is there, and what it says of itself is true. */
  @Test
  void anInterruptionKeepsWhatWasMeasured() throws IOException {
    ResultsDirectory directory = ResultsDirectory.create(results, Instant.EPOCH, "test");
    try (TestServer server = TestServer.http(r -> r.response().end(TestServer.ANSWER));
        BurstGenerator generator =
            new BurstGenerator(Samples.REQUESTS, Duration.ofSeconds(10), false, true)) {
      PlanRunner experiment =
          new PlanRunner(
              planned(server),
              directory,
              generator,
              MinuteClock.ofSystem(),
              interruptingAfter(2),
              AroundBurst.NOTHING);
      assertThrows(InterruptedException.class, experiment::measure);
      experiment.interrupted();

      Run recorded = Json.MAPPER.readValue(directory.run().toFile(), Run.class);
      assertEquals(Run.State.INTERRUPTED, recorded.state());
      assertEquals(2, recorded.bursts().size());
      assertEquals(2 * Samples.REQUESTS, samples(directory));
    }
  }

  /** One sentence, and run.json lists the bursts whose samples are whole. */
  @Test
  void aFullDiskEndsTheRunWithASentence() throws IOException {
    ResultsDirectory directory = ResultsDirectory.create(results, Instant.EPOCH, "test");
    Files.createSymbolicLink(directory.samples(), Path.of("/dev/full"));
    try (TestServer server = TestServer.http(r -> r.response().end(TestServer.ANSWER));
        BurstGenerator generator =
            new BurstGenerator(Samples.REQUESTS, Duration.ofSeconds(10), false, true)) {
      PlanRunner experiment =
          new PlanRunner(
              planned(server),
              directory,
              generator,
              MinuteClock.ofSystem(),
              interruptingAfter(9),
              AroundBurst.NOTHING);
      BenchException e = assertThrows(BenchException.class, experiment::measure);

      assertEquals(
          directory.samples() + " cannot be written: no space left on device", e.getMessage());
      assertEquals(List.of(), RunFile.read(directory.run()).bursts());
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
