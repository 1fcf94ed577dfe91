package dev.leadline.balancer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The process as a whole: what it writes, how it ends, and with which exit code. */
class ServeTest {

  private final Path dir;
  private @Nullable Process process;

  ServeTest(@TempDir Path dir) {
    this.dir = dir;
  }

  @AfterEach
  void end() {
    if (process != null) {
      process.destroyForcibly();
    }
  }

  private Process process() {
    return Objects.requireNonNull(process, "not started");
  }

  private void start(String yaml, Map<String, String> environment) throws IOException {
    Path config = Files.writeString(dir.resolve("b.yaml"), yaml);
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "dev.leadline.balancer.Main",
                "serve",
                "--config",
                config.toString()));
    if (ignoresHangUp()) {
      command.addAll(0, List.of("env", "--default-signal=HUP"));
    }
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    process = builder.redirectErrorStream(true).redirectOutput(log().toFile()).start();
  }

  /** Under nohup a process ignores SIGHUP, and all that it starts. */
  private static boolean ignoresHangUp() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("SigIgn:"))
        .anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) & 1) != 0);
  }

  private Path log() {
    return dir.resolve("log");
  }

  private String logged() throws IOException {
    return Files.readString(log());
  }

  private int exitCode() throws InterruptedException {
    assertTrue(
        process().waitFor(TestBalancer.PATIENCE.toSeconds(), TimeUnit.SECONDS),
        "the process does not end");
    return process().exitValue();
  }

  /** Port of the listener, read from the log once it says "ready". */
  private int readyPort() throws Exception {
    TestBalancer.eventually("ready", () -> logged().contains("INFO  ready\n"));
    String line =
        logged().lines().filter(l -> l.contains("listening on")).findFirst().orElseThrow();
    return Integer.parseInt(line.substring(line.lastIndexOf(':') + 1));
  }

  private static String yaml(String listener, int target) {
    return """
        listener: {host: 127.0.0.1, port: %s}
        targetGroups:
          - {name: g, healthCheck: {interval: 1m}, targets: [{id: t, address: 127.0.0.1, port: %d}]}
        rules: [{paths: ["*"], forward: g}]
        """
        .formatted(listener, target);
  }

  @Test
  void aPortThatIsTakenIsOneSentence() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      start(yaml(Integer.toString(taken.getLocalPort()), 1), Map.of());
      assertEquals(1, exitCode());
      String last = logged().lines().reduce((a, b) -> b).orElseThrow();
      assertTrue(
          last.endsWith(
              "ERROR the listener cannot open 127.0.0.1:"
                  + taken.getLocalPort()
                  + ": another process listens on this port; stop it or choose another port"),
          logged());
      assertFalse(logged().contains("\tat "), logged());
    }
  }

  @Test
  void anAddressOfAnotherMachineIsOneSentence() throws Exception {
    start(yaml("0", 1).replace("host: 127.0.0.1", "host: 192.0.2.1"), Map.of());
    assertEquals(1, exitCode());
    assertTrue(logged().contains("this machine has no such address"), logged());
    assertFalse(logged().contains("\tat "), logged());
  }

  @Test
  void aMistakeInTheConfigurationIsOneSentence() throws Exception {
    start(yaml("many", 1), Map.of());
    assertEquals(2, exitCode());
    assertEquals(1, logged().lines().count(), logged());
    assertTrue(
        logged()
            .endsWith(
                "b.yaml, line 1: listener.port is 'many'; allowed: a whole number from 0 to"
                    + " 65535\n"),
        logged());
  }

  private void hangUp() throws Exception {
    Process kill = new ProcessBuilder("kill", "-HUP", Long.toString(process().pid())).start();
    assertEquals(0, kill.waitFor());
  }

  /**
   * SIGHUP reloads, or says what is wrong. SIGTERM in the middle of a request: it ends well, its
   * metrics are stored, the exit code is 0.
   */
  @Test
  void sigtermFinishesRequestsFlushesMetricsAndExitsWith0() throws Exception {
    BlockingQueue<String> stored = new LinkedBlockingQueue<>();
    HttpServer cloudWatch =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    cloudWatch.createContext(
        "/",
        exchange -> {
          byte[] asked = exchange.getRequestBody().readAllBytes();
          stored.add(new String(asked, StandardCharsets.ISO_8859_1));
          exchange.getResponseHeaders().add("smithy-protocol", "rpc-v2-cbor");
          exchange.getResponseHeaders().add("Content-Type", "application/cbor");
          exchange.sendResponseHeaders(200, 1);
          exchange.getResponseBody().write(0xa0);
          exchange.close();
        });
    cloudWatch.start();
    try (RawTarget target =
        new RawTarget(
            connection -> {
              if (!connection.readHead().isEmpty()) {
                process().destroy(); // SIGTERM
                connection.readUntilQuiet(3_000);
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                connection.readToEnd();
              }
            })) {
      start(
          yaml("0", target.port())
              + "cloudwatch: {namespace: Test, dimensions: {Balancer: i-1}, interval: 1m}\n",
          Map.of(
              "AWS_ENDPOINT_URL", "http://127.0.0.1:" + cloudWatch.getAddress().getPort(),
              "AWS_ACCESS_KEY_ID", "test",
              "AWS_SECRET_ACCESS_KEY", "test",
              "AWS_REGION", "us-east-1"));
      int port = readyPort();
      Path file = dir.resolve("b.yaml");
      String yaml = Files.readString(file);
      Files.writeString(file, yaml.replace("id: t,", "id: t, weight: 2,"));
      hangUp();
      TestBalancer.eventually("reloaded", () -> logged().contains("configuration reloaded: 1 t"));
      Files.writeString(file, yaml.replace("rules:", "ruels:"));
      hangUp();
      TestBalancer.eventually(
          "refused",
          () ->
              logged()
                  .contains(
                      "WARN  the former configuration stays: "
                          + file
                          + ", line 4: ruels is not a key here; did you mean 'rules'?"));
      try (RawClient client = new RawClient(port)) {
        assertEquals("ok", client.get("/").body());
      }
      assertEquals(0, exitCode(), logged());
      assertTrue(
          stored.stream()
              .anyMatch(s -> s.contains("RequestCount") && s.contains("TargetResponseTime")),
          List.copyOf(stored).toString());
      List<String> lines = logged().lines().toList();
      assertTrue(lines.get(lines.size() - 1).endsWith("INFO  stopped"), logged());
      assertTrue(logged().contains("stopping: requests in flight 1, time to end 30 s"), logged());
    } finally {
      cloudWatch.stop(0);
    }
  }
}
