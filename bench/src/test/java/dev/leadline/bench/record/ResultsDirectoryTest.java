package dev.leadline.bench.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.bench.Samples;
import dev.leadline.bench.error.BenchException;
import dev.leadline.bench.error.ExitCode;
import dev.leadline.bench.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ResultsDirectoryTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:05Z");

  @TempDir private Path results = Path.of(".");

  @Test
  void theNameSaysWhenAndOfWhat() {
    assertEquals(
        "20260301T120005Z-local",
        ResultsDirectory.create(results, NOW, "local").path().getFileName().toString());
  }

  @Test
  void twoRunsInOneSecondDoNotMeet() {
    assertNotEquals(
        ResultsDirectory.create(results, NOW, "local"),
        ResultsDirectory.create(results, NOW, "local"));
  }

  @Test
  void latestMovesFromRunToRunAndLeavesNothing() throws IOException {
    ResultsDirectory first = ResultsDirectory.create(results, NOW, "local");
    ResultsDirectory second = ResultsDirectory.create(results, NOW.plusSeconds(1), "local");
    first.becomeLatest();
    second.becomeLatest();

    Path latest = results.resolve("latest");
    assertEquals(second.path().getFileName(), Files.readSymbolicLink(latest));
    try (Stream<Path> files = Files.list(results)) {
      assertEquals(
          List.of("20260301T120005Z-local", "20260301T120006Z-local", "latest"),
          files.map(p -> p.getFileName().toString()).sorted().toList());
    }
  }

  @Test
  void aDirectoryNamedLatestIsNotReplaced() throws IOException {
    Files.createDirectory(results.resolve("latest"));
    ResultsDirectory run = ResultsDirectory.create(results, NOW, "local");
    assertThrows(BenchException.class, run::becomeLatest);
    assertTrue(Files.isDirectory(results.resolve("latest")));
  }

  /** Fails when a full disk leaves half a file, or takes away the one that was there. */
  @Test
  void whatCannotBeWrittenLeavesWhatWasThere() throws IOException {
    ResultsDirectory directory = ResultsDirectory.create(results, NOW, "local");
    ResultsDirectory.write(directory.run(), "before");
    Path partial = directory.path().resolve("run.json.partial");
    Files.createSymbolicLink(partial, Path.of("/dev/full"));
    BenchException e =
        assertThrows(BenchException.class, () -> ResultsDirectory.write(directory.run(), "after"));

    assertEquals(ExitCode.FAILED, e.exitCode());
    assertEquals(directory.run() + " cannot be written: no space left on device", e.getMessage());
    assertEquals("before", Files.readString(directory.run()));
    assertFalse(Files.exists(partial, LinkOption.NOFOLLOW_LINKS));
  }

  /** Fails when an interruption in the wrong moment costs a file: Ctrl-C comes at any time. */
  @Test
  void anInterruptedThreadWritesItsFiles() throws IOException {
    ResultsDirectory directory = ResultsDirectory.create(results, NOW, "local");
    Thread.currentThread().interrupt();
    ResultsDirectory.write(directory.run(), "content");
    assertTrue(Thread.interrupted());
    assertEquals("content", Files.readString(directory.run()));
  }

  @Test
  void runJsonComesBackAsItWas() throws IOException {
    ResultsDirectory directory = ResultsDirectory.create(results, NOW, "local");
    Run run = Samples.run(Samples.lab(), 2).withRemark("a remark");
    ResultsDirectory.writeJson(directory.run(), run);

    assertEquals(run, Json.MAPPER.readValue(directory.run().toFile(), Run.class));
  }

  @Test
  void aFileWhereTheDirectoryShouldBeIsAClearError() throws IOException {
    Path file = Files.createFile(results.resolve("file"));
    BenchException e =
        assertThrows(BenchException.class, () -> ResultsDirectory.create(file, NOW, "local"));
    assertTrue(String.valueOf(e.getMessage()).contains("--results"), e.getMessage());
  }

  @Test
  void whatIsNoRunIsNotOpened() {
    assertThrows(BenchException.class, () -> ResultsDirectory.open(results.resolve("none")));
    BenchException e = assertThrows(BenchException.class, () -> ResultsDirectory.open(results));
    assertTrue(String.valueOf(e.getMessage()).contains("run.json"), e.getMessage());
  }
}
