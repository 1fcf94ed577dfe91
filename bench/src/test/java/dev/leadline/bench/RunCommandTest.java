package dev.leadline.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.bench.error.ExitCode;
import dev.leadline.bench.json.Json;
import dev.leadline.bench.load.TestServer;
import dev.leadline.bench.plan.Pattern;
import dev.leadline.bench.plan.Phase;
import dev.leadline.bench.record.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a run leaves, and what it says. */
@Timeout(60)
final class RunCommandTest {
  @TempDir private Path directory = Path.of(".");

  private final Bench bench = new Bench(() -> directory);

  @Test
  void aRunLeavesEveryFileAndATable() throws IOException {
    try (TestServer server = TestServer.answering()) {
      assertEquals(ExitCode.OK, bench.compareWithItself(server, "--seed", "5"), bench.err());
    }
    Path latest = bench.latest();
    for (String file :
        List.of(
            "samples.csv",
            "run.json",
            "cloudwatch.json",
            "report.json",
            "report.html",
            "report.tex")) {
      assertTrue(Files.size(latest.resolve(file)) > 0, file);
    }
    int requests =
        Json.read(latest.resolve("run.json"), Run.class).bursts().stream()
            .mapToInt(burst -> Objects.requireNonNull(burst.requests()))
            .sum();
    assertEquals(1 + requests, Files.readAllLines(latest.resolve("samples.csv")).size());
    assertTrue(bench.err().contains("seed 5"), bench.err());
    assertTrue(bench.out().contains("All 120 measured requests were answered."), bench.out());
  }

  /**
   * Only the lab's own application has to name its instance; the body is longer than an instance's
   * ever is.
   */
  @Test
  void aServerOfOnesOwnMayAnswerWithAnyBody() {
    try (TestServer server = TestServer.http(r -> r.response().end("x".repeat(100_000)))) {
      assertEquals(ExitCode.OK, bench.compareWithItself(server), bench.err());
    }
    assertTrue(bench.out().contains("All 120 measured requests were answered."), bench.out());
  }

  /** A name of its own, a path, and what other load tools call things. */
  @Test
  void aUrlIsEnough() throws IOException {
    try (TestServer server = TestServer.http(r -> r.response().end("hello"))) {
      assertEquals(
          ExitCode.OK,
          bench.run(
              server.url() + "/p?q=1",
              server.url() + "/p?q=1",
              "-n",
              "30",
              "-c",
              "3",
              "--rounds",
              "1",
              "--warm-up",
              "0"),
          bench.err());
    }
    Path latest = bench.latest();
    Run run = Json.read(latest.resolve("run.json"), Run.class);
    assertEquals("/p?q=1", run.lab().paths().get(0).path());
    assertEquals("127-0-0-1", run.lab().balancers().get(0).name());
    assertEquals(Pattern.CLOSED, run.settings().load().pattern());
    assertEquals(
        List.of(30, 30, 30),
        run.bursts().stream()
            .filter(burst -> burst.phase() == Phase.MEASURED)
            .map(Run.BurstRecord::requests)
            .toList());
    String html = Files.readString(latest.resolve("report.html"));
    assertTrue(html.contains("coordinated omission"), html);
    assertTrue(bench.err().contains("coordinated omission"), bench.err());
  }

  @Test
  void aSoakHasFiguresForEachInterval() throws IOException {
    try (TestServer server = TestServer.http(r -> r.response().end("hello"))) {
      assertEquals(
          ExitCode.OK,
          bench.run(
              server.url().toString(),
              "--pattern",
              "soak",
              "-q",
              "100",
              "-z",
              "300ms",
              "--interval",
              "100ms",
              "--arrivals",
              "poisson"),
          bench.err());
    }
    assertTrue(bench.out().contains("Intervals"), bench.out());
    assertTrue(
        Files.readString(bench.latest().resolve("report.html")).contains("0.200"),
        "the third interval");
  }

  @Test
  void failedRequestsShowInTheExitCodeAndTheReport() {
    AtomicInteger count = new AtomicInteger();
    try (TestServer server =
        TestServer.http(
            r ->
                r.response()
                    .setStatusCode(count.incrementAndGet() % 20 == 0 ? 500 : 200)
                    .end(TestServer.ANSWER))) {
      assertEquals(ExitCode.REQUESTS_FAILED, bench.compareWithItself(server));
    }
    assertTrue(bench.out().contains("6 of 120 measured requests failed"), bench.out());
    assertTrue(bench.out().contains("status 500"), bench.out());
    assertTrue(Files.exists(bench.latest().resolve("report.html")));
  }

  /** One request has one percentile: it fails where a picture asks for the 0th. */
  @Test
  void oneRequestIsEnoughForAReport() {
    try (TestServer server = TestServer.answering()) {
      assertEquals(
          ExitCode.OK,
          bench.run(
              "--balancer",
              "one=" + server.url(),
              "--path",
              "/p",
              "--requests",
              "1",
              "--rounds",
              "1",
              "--warm-up",
              "0"),
          bench.err());
    }
    assertTrue(bench.out().contains("All 1 measured requests were answered."), bench.out());
  }

  /** The rest of the plan is run, every request of it is recorded, and the report says why. */
  @Test
  void aServerThatGoesAwayInTheMiddleIsReported() throws IOException {
    try (TestServer server = TestServer.goneAfter(100)) {
      assertEquals(
          ExitCode.REQUESTS_FAILED, bench.compareWithItself(server, "--seed", "5"), bench.err());
    }
    assertTrue(bench.out().contains("connection refused"), bench.out());
    assertTrue(Files.exists(bench.latest().resolve("report.html")));
  }

  @Test
  void aRunWithoutOneAnswerSaysSo() throws IOException {
    try (TestServer nobody = TestServer.nobody()) {
      assertEquals(ExitCode.REQUESTS_FAILED, bench.compareWithItself(nobody), bench.err());
    }
    assertTrue(
        bench.out().contains("None of the 120 measured requests was answered as expected"),
        bench.out());
  }

  /** CloudWatch away: the report is there and says so, and the exit code is not 0. */
  @Test
  void anUnreachableCloudWatchDoesNotCostTheReport() throws IOException {
    try (TestServer server = TestServer.answering()) {
      Path lab = directory.resolve("lab.json");
      Files.writeString(
          lab,
          """
          {"profile": "local", "region": "us-east-1", "endpoint": "http://127.0.0.1:1",
           "balancers": [{"name": "alb", "url": "%s",
             "cloudwatch": {"namespace": "N", "dimensions": {"D": "v"}}}],
           "paths": [{"path": "/p", "targets": ["i-1"]}]}
          """
              .formatted(server.url()));
      assertEquals(
          ExitCode.NOT_RECONCILED,
          bench.run("--lab", lab.toString(), "--requests", "5", "--rounds", "1", "--warm-up", "0"),
          bench.err());
    }
    assertTrue(bench.out().contains("CloudWatch could not be read"), bench.out());
    assertTrue(Files.exists(bench.latest().resolve("report.html")));
  }

  /** The report is made either way; what it shows decides the exit code. */
  @Test
  void limitsDecideTheExitCode() {
    try (TestServer server = TestServer.answering()) {
      assertEquals(
          ExitCode.OK,
          bench.compareWithItself(
              server, "--slo", "p99<20s", "--slo", "errors<=0%", "--fail-if", "two:total>900%"),
          bench.err());
      assertTrue(bench.out().contains("ok  errors<=0%   /p through two: 0.00%"), bench.out());
      assertEquals(
          ExitCode.LIMIT_BROKEN, bench.compareWithItself(server, "--slo", "two:p50<0.000001ms"));
      assertTrue(bench.out().contains("NO  two:p50<0.000001ms   /p through two"));
    }
    String latest = bench.latest().toString();
    assertEquals(ExitCode.OK, bench.call("report", latest, "--slo", "max<=20s"));
    assertEquals(ExitCode.LIMIT_BROKEN, bench.call("report", latest, "--slo", "max<=1us"));
  }
}
