package dev.leadline.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.bench.error.ExitCode;
import dev.leadline.bench.load.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class CompareCommandTest {
  @TempDir private Path directory = Path.of(".");

  private final Bench bench = new Bench(() -> directory);

  @Test
  void twoRunsAreCompared() throws IOException {
    try (TestServer server = TestServer.answering()) {
      bench.compareWithItself(server);
      bench.compareWithItself(server);
      bench.compareWithItself(server, "--timeout", "30s");
    }
    List<String> runs;
    try (Stream<Path> files = Files.list(bench.results())) {
      runs = files.filter(f -> !Files.isSymbolicLink(f)).map(Path::toString).sorted().toList();
    }
    assertEquals(
        ExitCode.OK,
        bench.call("compare", runs.get(0), runs.get(1), "--fail-if", "one:p99 > +1%"),
        bench.err());
    assertTrue(bench.out().contains("two in the second run, against the first"));
    assertTrue(bench.out().contains("not enough rounds"), bench.out());
    assertTrue(bench.out().contains("Two separate runs differ by more than the balancer"));
    assertEquals(ExitCode.USAGE, bench.call("compare", runs.get(0), runs.get(2)));
    assertTrue(
        bench.err().contains("timeout in ms is 20000 in the first and 30000 in the second"),
        bench.err());
  }
}
