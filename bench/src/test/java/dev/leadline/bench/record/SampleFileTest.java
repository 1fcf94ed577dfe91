package dev.leadline.bench.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.bench.Samples;
import dev.leadline.bench.error.BenchException;
import dev.leadline.bench.error.ExitCode;
import dev.leadline.bench.plan.Phase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SampleFileTest {
  private static final String HEADER =
      "phase,round,path,balancer,index,intended_nanos,start_nanos,sent_nanos,first_byte_nanos,"
          + "end_nanos,status,instance_id,error";

  @TempDir private Path directory = Path.of(".");

  @Test
  void samplesComeBackAsTheyWere() throws IOException {
    Sample answered = Samples.sample(Phase.WARM_UP, 1, "/p", "alb", 0, 5_000, "i-1", null);
    Sample failed =
        new Sample(
            Phase.MEASURED,
            2,
            "/p?a=1,2",
            "alb",
            1,
            0,
            1,
            null,
            null,
            9,
            null,
            null,
            "a \"quoted\", odd\nerror");
    Path file = directory.resolve("samples.csv");
    try (SampleFile samples = SampleFile.create(file)) {
      samples.append(List.of(answered));
      samples.append(List.of(failed));
    }

    assertEquals(List.of(answered, failed), SampleFile.read(file));
    assertEquals(HEADER, Files.readAllLines(file).get(0));
    assertEquals(
        "warm-up,1,/p,alb,0,0,100,200,4990,5000,200,i-1,", Files.readAllLines(file).get(1));
  }

  /** Fails when samples wait in a buffer for the end of the run, which may never come. */
  @Test
  void whatIsAppendedIsOnDiskAtOnce() throws IOException {
    Path file = directory.resolve("samples.csv");
    try (SampleFile samples = SampleFile.create(file)) {
      samples.append(
          List.of(Samples.sample(Phase.MEASURED, 1, "/p", "alb", 0, 5_000, "i-1", null)));
      assertEquals(1, SampleFile.read(file).size());
    }
  }

  @Test
  void aLineThatIsNoSampleIsNamed() throws IOException {
    Path file = directory.resolve("samples.csv");
    Files.writeString(file, HEADER + "\nmeasured,one,/p,alb,0,0,1,2,3,4,200,i-1,\n");
    BenchException e = assertThrows(BenchException.class, () -> SampleFile.read(file));

    assertEquals(ExitCode.USAGE, e.exitCode());
    assertTrue(String.valueOf(e.getMessage()).contains("samples.csv, line 2"), e.getMessage());
  }

  @Test
  void otherColumnsAreNoSamples() throws IOException {
    Path file = directory.resolve("samples.csv");
    Files.writeString(file, "a,b\n1,2\n");
    assertThrows(BenchException.class, () -> SampleFile.read(file));
  }
}
