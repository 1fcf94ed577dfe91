package dev.leadline.balancer.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The dashboard's script in Node, which a build of this project needs anyway. */
class DashboardScriptTest {

  private static final Path RESOURCES =
      Path.of("src/main/resources/dev/leadline/balancer/admin").toAbsolutePath();

  private final Path dir;

  DashboardScriptTest(@TempDir Path dir) {
    this.dir = dir;
  }

  /** The browser takes .js for a module because the page says so; Node goes by the name. */
  private Path module(String resource) throws Exception {
    return Files.copy(RESOURCES.resolve(resource), dir.resolve(resource.replace(".js", ".mjs")));
  }

  private void node(String... arguments) throws Exception {
    Path log = dir.resolve("log");
    ProcessBuilder builder = new ProcessBuilder("node");
    builder.command().addAll(List.of(arguments));
    builder.environment().put("FIGURES", dir.resolve("figures.mjs").toUri().toString());
    Process process = builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), "node does not end");
    assertEquals(0, process.exitValue(), Files.readString(log));
  }

  @Test
  void itsArithmeticIsRight() throws Exception {
    module("figures.js");
    node("--test", Path.of("src/test/js/figures.test.mjs").toAbsolutePath().toString());
  }

  @Test
  void itIsValid() throws Exception {
    for (String script : List.of("balancers.js", "dashboard.js", "elements.js", "target.js")) {
      node("--check", module(script).toString());
    }
  }
}
