package dev.leadline.bench.disturb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.leadline.bench.disturb.Disturbance.Kind;
import dev.leadline.bench.disturb.DisturbanceScript.Times;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The script against a process, as the machines of a local lab have it. */
@EnabledOnOs(OS.LINUX)
@Timeout(60)
final class DisturbanceScriptTest {
  /** Stands for the application: has its options, and answers every request. */
  private static final String APPLICATION =
      """
      import http.server, sys
      class Answer(http.server.BaseHTTPRequestHandler):
          def do_GET(self):
              self.send_response(200)
              self.send_header("Content-Length", "0")
              self.end_headers()
          def log_message(self, *_):
              pass
      host, port = sys.argv[sys.argv.index("--host") + 1], int(sys.argv[sys.argv.index("--port") + 1])
      server = http.server.ThreadingHTTPServer((host, port), Answer)
      print(server.server_port, flush=True)
      server.serve_forever()
      """;

  @TempDir Path machine = Path.of("");
  private @Nullable Process application;
  private int port;

  @BeforeEach
  void startApplication() throws IOException {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/python3")), "no python3");
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    application =
        new ProcessBuilder(
                "/usr/bin/python3",
                "-c",
                APPLICATION,
                "--host",
                "127.0.0.1",
                "--port",
                Integer.toString(port))
            .directory(machine.toFile())
            .redirectErrorStream(true)
            .start();
    assertEquals(Integer.toString(port), application.inputReader().readLine());
    Files.writeString(machine.resolve("app.pid"), application.pid() + "\n");
  }

  @AfterEach
  void endApplication() throws IOException {
    if (application != null) {
      application.destroyForcibly();
      Path pid = machine.resolve("app.pid");
      ProcessHandle.of(Long.parseLong(Files.readString(pid).strip()))
          .filter(it -> it.info().arguments().map(List::of).orElse(List.of()).contains(APPLICATION))
          .ifPresent(ProcessHandle::destroyForcibly);
    }
  }

  private static Disturbance disturbance(Kind kind, double factor, long from, long until) {
    return new Disturbance(1, kind, factor, Duration.ofMillis(from), Duration.ofMillis(until));
  }

  private Process start(Disturbance... disturbances) throws IOException {
    ProcessBuilder script =
        new ProcessBuilder("bash", "-c", DisturbanceScript.of(List.of(disturbances)))
            .redirectErrorStream(true);
    script.environment().put("LEADLINE_MACHINE", machine.toString());
    return script.start();
  }

  /** Status of an answer that comes within 150 ms; 0 if none does. */
  private int status(String path) throws InterruptedException {
    try {
      return HttpClient.newHttpClient()
          .send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                  .timeout(Duration.ofMillis(150))
                  .build(),
              BodyHandlers.discarding())
          .statusCode();
    } catch (IOException e) {
      return 0;
    }
  }

  private void await(int wanted) throws InterruptedException {
    for (int look = 0; status("/cluster1") != wanted; look++) {
      assertTrue(look < 200, "status never became " + wanted);
      TimeUnit.MILLISECONDS.sleep(20); // Between two looks at the condition.
    }
  }

  private static List<Times> ended(Process script, int count)
      throws IOException, InterruptedException {
    String output = new String(script.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, script.waitFor(), output);
    List<Times> times = DisturbanceScript.times(output, count);
    for (Times it : times) {
      assertNotNull(it.began(), output);
      assertNotNull(it.ended(), output);
    }
    return times;
  }

  @Test
  void aFrozenApplicationAnswersAgainAfterwards() throws Exception {
    Instant before = Instant.now();
    Process script = start(disturbance(Kind.FREEZE, 1, 100, 700));
    await(0);
    List<Times> times = ended(script, 1);
    await(200);
    Instant began = times.get(0).began();
    Instant ended = times.get(0).ended();
    assertTrue(began != null && !began.isBefore(before.plusMillis(100)), times.toString());
    assertTrue(ended != null && !ended.isBefore(before.plusMillis(700)), times.toString());
  }

  /** Fails when what was killed does not come back, or fails forever. */
  @Test
  void aKilledApplicationComesBackAndAFailingOneFailsFast() throws Exception {
    String first = Files.readString(machine.resolve("app.pid"));
    Process script =
        start(disturbance(Kind.KILL, 1, 0, 500), disturbance(Kind.FAIL, 1, 1500, 3000));
    await(0);
    await(200);
    assertNotEquals(first, Files.readString(machine.resolve("app.pid")));
    await(500);
    await(200);
    ended(script, 2);
  }

  @Test
  void aScriptThatIsEndedBringsTheTargetBack() throws Exception {
    Process script = start(disturbance(Kind.FREEZE, 1, 0, 60_000));
    await(0);
    script.destroy();
    await(200);
  }

  @Test
  void anApplicationThatDoesNotRunIsNoSuccess() throws Exception {
    Files.writeString(machine.resolve("app.pid"), "999999999\n");
    Process script = start(disturbance(Kind.FREEZE, 1, 0, 100));
    String output = new String(script.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertNotEquals(0, script.waitFor());
    assertTrue(output.contains("the application does not run"), output);
    Files.writeString(machine.resolve("app.pid"), "0\n");
  }
}
