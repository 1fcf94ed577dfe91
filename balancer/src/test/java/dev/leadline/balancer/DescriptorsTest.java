package dev.leadline.balancer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that has used up its descriptors goes on with what is open. */
class DescriptorsTest {

  private static final int MOST = 200;

  private final Path log;
  private final Path config;

  DescriptorsTest(@TempDir Path dir) {
    log = dir.resolve("log");
    config = dir.resolve("b.yaml");
  }

  private Process start(RawTarget target) throws IOException {
    Files.writeString(
        config,
        """
        listener: {host: 127.0.0.1, port: 0}
        limits: {connections: 10000, clientShare: 1}
        targetGroups:
          - name: refused
            healthCheck: {interval: 1m}
            targets: [{id: t, address: 127.0.0.1, port: 1}]
          - name: good
            healthCheck: {interval: 1m}
            targets: [{id: t, address: 127.0.0.1, port: %d}]
        rules:
          - {paths: [/refused], forward: refused}
          - {paths: [/good], forward: good}
        """
            .formatted(target.port()));
    return new ProcessBuilder(
            "sh",
            "-c",
            "ulimit -n " + MOST + " && exec \"$@\"",
            "sh",
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            jarsOnly(log.resolveSibling("jars")),
            "dev.leadline.balancer.Main",
            "serve",
            "--config",
            config.toString())
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
  }

  /**
   * The class path with jars in place of directories, as the balancer is shipped: a class in a
   * directory is a file, which cannot be opened without a descriptor.
   */
  private static String jarsOnly(Path prefix) {
    List<String> jars = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      if (entry.isEmpty()) {
        continue;
      }
      if (!Files.isDirectory(Path.of(entry))) {
        jars.add(entry);
        continue;
      }
      String jar = prefix + "-" + jars.size() + ".jar";
      ToolProvider tool = ToolProvider.findFirst("jar").orElseThrow();
      assertEquals(
          0, tool.run(System.out, System.err, "-c", "-0", "-f", jar, "-C", entry, "."), entry);
      jars.add(jar);
    }
    return String.join(File.pathSeparator, jars);
  }

  private int readyPort() throws Exception {
    TestBalancer.eventually("ready", () -> Files.readString(log).contains("INFO  ready\n"));
    String line =
        Files.readString(log).lines().filter(l -> l.contains("listening on")).findFirst().get();
    return Integer.parseInt(line.substring(line.lastIndexOf(':') + 1));
  }

  private static long descriptors(Process process) throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/" + process.pid() + "/fd"))) {
      return open.count();
    }
  }

  @Test
  void aRequestThatGetsNoDescriptorIs503AndLaterOnesAreServed() throws Exception {
    List<RawClient> idle = new ArrayList<>();
    try (RawTarget target =
        RawTarget.answering(
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")) {
      Process process = start(target);
      try (RawClient client = new RawClient(readyPort())) {
        // Opens the jars of both ways, which are files too.
        assertEquals(502, client.get("/refused").status());
        assertEquals(200, client.get("/good").status());
        for (int i = 0; i < MOST; i++) {
          idle.add(new RawClient(readyPort()));
        }
        TestBalancer.eventually("none is left", () -> descriptors(process) >= MOST);
        RawClient.Answer refused = client.get("/good");
        assertEquals(503, refused.status());
        assertTrue(refused.body().contains("no descriptor or port left"), refused.body());
        for (RawClient each : idle) {
          each.close();
        }
        TestBalancer.eventually("room again", () -> client.get("/good").status() == 200);
      } finally {
        process.destroyForcibly();
      }
    }
  }
}
