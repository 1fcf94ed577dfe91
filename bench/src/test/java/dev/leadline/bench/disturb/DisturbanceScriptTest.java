package dev.leadline.bench.disturb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.leadline.bench.disturb.Disturbance.Kind;
import dev.leadline.bench.disturb.DisturbanceScript.Times;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  /** As long as a disturbance is watched: the test ends it. */
  private static final long LONG = 60_000;

  @TempDir Path machine = Path.of("");
  private @Nullable Process application;

  /** Keeps the port for the application, also while that is being started again. */
  private final Socket holder = new Socket();

  private int port;

  @BeforeEach
  void startApplication() throws IOException {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/python3")), "no python3");
    holder.setReuseAddress(true);
    holder.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    port = holder.getLocalPort();
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
    holder.close();
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

  /** Status of an answer that comes in time; 0 if none does. */
  private int status(Duration timeout) throws InterruptedException {
    try {
      return CLIENT
          .send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/cluster1"))
                  .timeout(timeout)
                  .build(),
              BodyHandlers.discarding())
          .statusCode();
    } catch (IOException e) {
      return 0;
    }
  }

  /** Until {@link Timeout} at most. */
  private void await(int wanted) throws InterruptedException {
    while (status(wanted == 0 ? Duration.ofMillis(150) : Duration.ofSeconds(10)) != wanted) {
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
    List<Times> times = ended(start(disturbance(Kind.FREEZE, 1, 100, 300)), 1);
    await(200);
    Instant began = times.get(0).began();
    Instant ended = times.get(0).ended();
    assertTrue(began != null && !began.isBefore(before.plusMillis(100)), times.toString());
    assertTrue(ended != null && !ended.isBefore(before.plusMillis(300)), times.toString());
  }

  @Test
  void aKilledApplicationComesBack() throws Exception {
    String first = Files.readString(machine.resolve("app.pid"));
    ended(start(disturbance(Kind.KILL, 1, 0, 100)), 1);
    await(200);
    assertNotEquals(first, Files.readString(machine.resolve("app.pid")));
  }

  /** No answer of a frozen one, and one that fails fast: until the script is ended. */
  @ParameterizedTest
  @CsvSource({"FREEZE, 0", "FAIL, 500"})
  void aScriptThatIsEndedBringsTheTargetBack(Kind kind, int meanwhile) throws Exception {
    Process script = start(disturbance(kind, 1, 0, LONG));
    await(meanwhile);
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
