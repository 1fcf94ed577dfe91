package dev.leadline.bench.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.bench.SampleBuilder;
import dev.leadline.bench.Samples;
import dev.leadline.bench.error.BenchException;
import dev.leadline.bench.error.ExitCode;
import dev.leadline.bench.plan.Cell;
import dev.leadline.bench.plan.Phase;
import dev.leadline.bench.plan.PlannedBurst;
import dev.leadline.bench.record.Run.BurstRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A run of one warm-up and two rounds of two balancers: 60 samples, lines 2 to 61. */
final class RecordedSamplesTest {
  private static final String HEADER =
      "phase,round,path,balancer,index,intended_nanos,start_nanos,sent_nanos,first_byte_nanos,"
          + "end_nanos,status,instance_id,error";

  @TempDir private Path directory = Path.of(".");

  private final Run run = Samples.run(Samples.lab(), 2);
  private final List<Sample> samples = Samples.samples(run, name -> 100L);

  private Path written(List<Sample> written) throws IOException {
    Path file = directory.resolve("samples.csv");
    try (SampleFile out = SampleFile.create(file)) {
      out.append(written);
    }
    return file;
  }

  private static List<Sample> read(RunSamples samples, BurstRecord burst) {
    List<Sample> read = new ArrayList<>();
    samples.forEach(burst, read::add);
    return read;
  }

  @Test
  void samplesComeBackBurstByBurstAsTheyWere() throws IOException {
    samples.replaceAll(
        s ->
            s.index() == 1 && s.round() == 2
                ? SampleBuilder.like(s)
                    .begun(1)
                    .sent(null)
                    .failed(9, "a \"quoted\", odd\nerr\u00f6r")
                    .build()
                : s);
    Path file = written(samples);
    RunSamples recorded = RecordedSamples.open(file, run);
    RunSamples inMemory = RunSamples.of(samples);
    for (BurstRecord burst : run.bursts()) {
      assertEquals(Samples.REQUESTS, recorded.count(burst));
      assertEquals(read(inMemory, burst), read(recorded, burst));
    }
    assertEquals(HEADER, Files.readAllLines(file).get(0));
    assertEquals(
        "warm-up,1,/p,alb,0,0,100,200,4990,5000,200,i-1,",
        Files.readAllLines(
                written(
                    List.of(
                        SampleBuilder.of(
                                new PlannedBurst(Phase.WARM_UP, 1, new Cell("/p", "alb")), 0)
                            .begun(100)
                            .sent(200L)
                            .answered(4_990, 5_000)
                            .build())))
            .get(1));
  }

  /** Fails when samples wait in a buffer for the end of the run, which may never come. */
  @Test
  void whatIsAppendedIsOnDiskAtOnce() throws IOException {
    Path file = directory.resolve("samples.csv");
    try (SampleFile out = SampleFile.create(file)) {
      out.append(samples);
      assertEquals(Samples.REQUESTS, RecordedSamples.open(file, run).count(run.bursts().get(0)));
    }
  }

  /** Every edit of a file that would give another report is answered with the line. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "2 | s/,0,0,/,zero,0,/ | line 2: index: 'zero' is no whole number",
        "2 | s/warm-up/cold/ | line 2: phase 'cold' is neither warm-up nor measured",
        "2 | s/,/,,/ | line 2: 14 columns instead of 13",
        "2 | d | line 11: 1 of the 10 requests of warm-up round 1 of /p through",
        "61 | d | line 61: 1 of the 10 requests of measured round 2 of /p through",
        "61 | p | line 62: index 9 of measured round 2 of /p through",
        "61 | s/,9,0,/,10,0,/ | line 61: index is 10, but measured round 2",
        "61 | s/,\\/p,/,\\/q,/ | line 61: 1 of the 10 requests",
        "62 | a/measured,2,\\/p,nobody,0,0,1,2,3,4,200,i-1,/ | line 62: measured round 2 of /p through nobody is no burst of this run",
        "62 | a/measured,3,\\/p,alb,0,0,1,2,3,4,200,i-1,/ | line 62: measured round 3 of /p through alb is no burst",
        "62 | a/measured,1/ | line 62: 2 columns instead of 13",
        "1 | s/index/number/ | line 1: column 'number' is unknown",
        "1 | s/,error// | line 1: there is no column error",
      })
  void anEditedFileIsNoRun(int line, String edit, String said) throws IOException {
    Path file = written(samples);
    List<String> lines = new ArrayList<>(Files.readAllLines(file));
    String[] parts = edit.strip().split("(?<!\\\\)/", -1);
    switch (parts[0]) {
      case "d" -> lines.remove(line - 1);
      case "p" -> lines.add(line, lines.get(line - 1));
      case "a" -> lines.add(line - 1, parts[1].replace("\\/", "/"));
      default ->
          lines.set(
              line - 1,
              lines
                  .get(line - 1)
                  .replaceFirst(parts[1].replace("\\/", "/"), parts[2].replace("\\/", "/")));
    }
    Files.write(file, lines);
    refused(file, said.strip());
  }

  private void refused(Path file, String said) {
    BenchException e = assertThrows(BenchException.class, () -> RecordedSamples.open(file, run));
    assertEquals(ExitCode.USAGE, e.exitCode());
    assertTrue(String.valueOf(e.getMessage()).contains("samples.csv, " + said), e.getMessage());
  }

  /** The whole file twice: what a careless `cat` makes. */
  @Test
  void aFileThatIsThereTwiceIsNamed() throws IOException {
    Path file = written(samples);
    List<String> lines = new ArrayList<>(Files.readAllLines(file));
    lines.addAll(List.copyOf(lines).subList(1, lines.size()));
    Files.write(file, lines);
    refused(file, "line 62: warm-up round 1 of /p through");
  }

  @Test
  void aFileWithoutLinesIsNamed() throws IOException {
    Path file = Files.createFile(directory.resolve("samples.csv"));
    refused(file, "line 1: there is no column phase");
    Files.writeString(file, HEADER + "\n");
    refused(file, "line 2: the file ends without warm-up round 1 of /p through");
  }

  /** A crash in the middle of a burst: the ones before it are whole, and are read. */
  @Test
  void theBurstThatWasUnderWayIsPassedOver() throws IOException {
    Run stopped =
        new Run(
            run.benchVersion(),
            Run.State.RUNNING,
            run.startedAt(),
            null,
            run.settings(),
            run.client(),
            run.lab(),
            List.of(),
            run.plan(),
            run.bursts().subList(0, 4));
    Path file = written(samples.subList(0, 43));
    String whole = Files.readString(file);
    for (int cut : new int[] {0, 1, 5, 40}) {
      Files.writeString(file, whole.substring(0, whole.length() - cut));
      RunSamples recorded = RecordedSamples.open(file, stopped);
      assertEquals(
          40, stopped.bursts().stream().mapToInt(recorded::count).sum(), cut + " bytes missing");
    }
  }

  @Test
  void aPictureGetsSomeSamplesEvenlySpreadAndTheLast() {
    RunSamples all = RunSamples.of(samples);
    BurstRecord burst = run.bursts().get(0);
    assertEquals(List.of(0, 4, 8, 9), all.spread(burst, 3).stream().map(Sample::index).toList());
    assertEquals(10, all.spread(burst, 10).size());
  }

  @Test
  void readingStopsWhenItIsInterrupted() throws IOException {
    RunSamples recorded = RecordedSamples.open(written(samples), run);
    Thread.currentThread().interrupt();
    BenchException e =
        assertThrows(BenchException.class, () -> read(recorded, run.bursts().get(0)));
    assertTrue(Thread.interrupted());
    assertEquals(ExitCode.INTERRUPTED, e.exitCode());
  }
}
