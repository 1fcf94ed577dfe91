package dev.leadline.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.bench.plan.Pace;
import dev.leadline.bench.plan.Plan;
import dev.leadline.bench.plan.PlannedBurst;
import dev.leadline.bench.record.ResultsDirectory;
import dev.leadline.bench.record.Run;
import dev.leadline.bench.record.Run.BurstRecord;
import dev.leadline.bench.record.Sample;
import dev.leadline.bench.record.SampleFile;
import dev.leadline.bench.stats.RunFigures;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Reports of more samples than fit into memory as objects, each in a JVM with a small heap. */
final class ManySamplesTest {
  private static final int ROUNDS = 5;

  @TempDir private Path directory = Path.of(".");

  @Test
  @Timeout(300)
  void aReportOfHalfAMillionSamplesNeedsLittleMemory() throws Exception {
    report(500_000, 64);
  }

  /** Ten minutes at some 17,000 requests a second. */
  @Test
  @Timeout(300)
  @EnabledIfSystemProperty(named = "tests", matches = "full")
  void aReportOfTenMillionSamplesFitsIntoHalfAGigabyte() throws Exception {
    report(10_000_000, 448);
  }

  private void report(int samples, int megabytes) throws IOException, InterruptedException {
    write(samples);
    Path output = directory.resolve("output");
    Process report =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + megabytes + "m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.leadline.bench.Main",
                "report",
                directory.toString())
            .redirectErrorStream(true)
            .redirectOutput(new File(output.toString()))
            .start();
    assertTrue(report.waitFor(280, TimeUnit.SECONDS), "it did not end");
    String said = Files.readString(output, StandardCharsets.UTF_8);
    assertEquals(0, report.exitValue(), said);
    assertTrue(said.contains("measured requests were answered."), said);
    // A picture of every request would make a file that no browser opens.
    assertTrue(Files.size(directory.resolve("report.html")) < 3_000_000);
  }

  private void write(int samples) throws IOException {
    Run small = Samples.run(Samples.lab(), ROUNDS);
    int requests = samples / small.bursts().size();
    List<BurstRecord> bursts = new ArrayList<>();
    for (BurstRecord b : small.bursts()) {
      bursts.add(
          new BurstRecord(
              b.phase(),
              b.round(),
              b.path(),
              b.balancer(),
              b.startedAt(),
              requests,
              requests,
              b.addresses(),
              requests));
    }
    Run run =
        new Run(
            small.benchVersion(),
            Run.State.COMPLETE,
            small.startedAt(),
            small.endedAt(),
            new Run.Settings(7, requests, ROUNDS, 1, Pace.NONE, 30_000, false),
            small.client(),
            small.lab(),
            List.of(),
            Plan.of(RunFigures.cells(small.lab()), 1, ROUNDS, 7),
            bursts);
    ResultsDirectory files = new ResultsDirectory(directory);
    ResultsDirectory.writeJson(files.run(), run);
    try (SampleFile file = SampleFile.create(files.samples())) {
      for (BurstRecord burst : bursts) {
        file.append(samples(burst, requests));
      }
    }
  }

  /** Made one by one: this JVM has no room for them either. */
  private static List<Sample> samples(BurstRecord burst, int requests) {
    PlannedBurst planned = burst.planned();
    return new AbstractList<>() {
      @Override
      public Sample get(int index) {
        return SampleBuilder.of(planned, index)
            .answered((100 + index % 997) * Samples.MILLI)
            .by("i-" + (1 + index % 2))
            .build();
      }

      @Override
      public int size() {
        return requests;
      }
    };
  }
}
