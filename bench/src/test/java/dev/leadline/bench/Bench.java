package dev.leadline.bench;

import dev.leadline.bench.load.BurstGenerator.Routine;
import dev.leadline.bench.load.TestServer;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import picocli.CommandLine;

/** The command line as a shell calls it, with what the last call printed. */
final class Bench {
  private final Supplier<Path> directory;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  /**
   * Without a warm-up of the client and pauses between bursts: these tests look at no figure.
   *
   * @param directory of a test, which JUnit sets late
   */
  Bench(Supplier<Path> directory) {
    this.directory = directory;
  }

  int call(String... arguments) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    CommandLine commandLine = Main.commandLine(Routine.NONE);
    commandLine.setOut(new PrintWriter(out));
    commandLine.setErr(new PrintWriter(err));
    return commandLine.execute(arguments);
  }

  /** {@code run} with options, into the directory of the test. */
  int run(String... options) {
    List<String> arguments = new ArrayList<>(List.of("run", "--results", results().toString()));
    arguments.addAll(List.of(options));
    return call(arguments.toArray(String[]::new));
  }

  /** One server as two balancers: 20 requests of one warm-up and two rounds; options may follow. */
  int compareWithItself(TestServer server, String... more) {
    List<String> options =
        new ArrayList<>(
            List.of("--balancer", "one=" + server.url(), "--balancer", "two=" + server.url()));
    options.addAll(List.of("--path", "/p", "-n", "20", "--rounds", "2", "--warm-up", "1"));
    if (!List.of(more).contains("--timeout")) {
      options.addAll(List.of("--timeout", "20s"));
    }
    options.addAll(List.of(more));
    return run(options.toArray(String[]::new));
  }

  Path results() {
    return directory.get().resolve("results");
  }

  Path latest() {
    return results().resolve("latest");
  }

  String out() {
    return out.toString();
  }

  String err() {
    return err.toString();
  }
}
