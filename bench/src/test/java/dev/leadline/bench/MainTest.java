package dev.leadline.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.bench.error.ExitCode;
import dev.leadline.bench.json.Json;
import dev.leadline.bench.load.TestServer;
import dev.leadline.bench.plan.Pattern;
import dev.leadline.bench.plan.Phase;
import dev.leadline.bench.record.ResultsDirectory;
import dev.leadline.bench.record.Run;
import dev.leadline.bench.record.SampleFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

@Timeout(60)
final class MainTest {
  @TempDir private Path directory = Path.of(".");

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int bench(String... arguments) {
    CommandLine commandLine = Main.commandLine();
    commandLine.setOut(new PrintWriter(out));
    commandLine.setErr(new PrintWriter(err));
    return commandLine.execute(arguments);
  }

  /** Options of {@code more} take the place of these. */
  private int run(TestServer server, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "run",
                "--balancer",
                "one=" + server.url(),
                "--balancer",
                "two=" + server.url(),
                "--path",
                "/p",
                "--requests",
                "20",
                "--rounds",
                "2",
                "--warm-up",
                "1",
                "--results",
                directory.resolve("results").toString()));
    if (!List.of(more).contains("--timeout")) {
      arguments.addAll(List.of("--timeout", "2s"));
    }
    arguments.addAll(List.of(more));
    return bench(arguments.toArray(String[]::new));
  }

  @Test
  void aRunLeavesEveryFileAndATable() throws IOException {
    try (TestServer server = TestServer.http(r -> r.response().end(TestServer.ANSWER))) {
      assertEquals(ExitCode.OK, run(server, "--seed", "5"), err.toString());
    }
    Path latest = directory.resolve("results/latest");
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
    assertTrue(err.toString().contains("seed 5"), err.toString());
    assertTrue(out.toString().contains("All 120 measured requests were answered."), out.toString());
  }

  /**
   * Only the lab's own application has to name its instance; the body is longer than an instance's
   * ever is.
   */
  @Test
  void aServerOfOnesOwnMayAnswerWithAnyBody() {
    try (TestServer server = TestServer.http(r -> r.response().end("x".repeat(100_000)))) {
      assertEquals(ExitCode.OK, run(server), err.toString());
    }
    assertTrue(out.toString().contains("All 120 measured requests were answered."), out.toString());
  }

  /** A name of its own, a path, and what other load tools call things. */
  @Test
  void aUrlIsEnough() throws IOException {
    try (TestServer server = TestServer.http(r -> r.response().end("hello"))) {
      String[] arguments = {
        "run",
        server.url() + "/p?q=1",
        server.url() + "/p?q=1",
        "-n",
        "30",
        "-c",
        "3",
        "--rounds",
        "1",
        "--warm-up",
        "0",
        "--results",
        directory.resolve("results").toString()
      };
      assertEquals(ExitCode.OK, bench(arguments), err.toString());
    }
    Path latest = directory.resolve("results/latest");
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
    assertTrue(err.toString().contains("coordinated omission"), err.toString());
  }

  @Test
  void aSoakHasFiguresForEachInterval() throws IOException {
    try (TestServer server = TestServer.http(r -> r.response().end("hello"))) {
      String[] arguments = {
        "run",
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
        "poisson",
        "--results",
        directory.resolve("results").toString()
      };
      assertEquals(ExitCode.OK, bench(arguments), err.toString());
    }
    assertTrue(out.toString().contains("Intervals"), out.toString());
    assertTrue(
        Files.readString(directory.resolve("results/latest/report.html")).contains("0.200"),
        "the third interval");
  }

  /** Fails when a report needs anything but the raw files, or changes from time to time. */
  @Test
  void aReportIsMadeAgainExactly() throws IOException {
    try (TestServer server = TestServer.http(r -> r.response().end(TestServer.ANSWER))) {
      run(server);
    }
    Path latest = directory.resolve("results/latest");
    List<Path> reports =
        List.of(
            latest.resolve("report.html"),
            latest.resolve("report.tex"),
            latest.resolve("report.json"));
    List<String> before = new ArrayList<>();
    for (Path report : reports) {
      before.add(Files.readString(report));
      Files.delete(report);
    }
    assertEquals(ExitCode.OK, bench("report", latest.toString()), err.toString());
    for (int i = 0; i < reports.size(); i++) {
      assertEquals(before.get(i), Files.readString(reports.get(i)));
    }
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
      assertEquals(ExitCode.REQUESTS_FAILED, run(server));
    }
    assertTrue(out.toString().contains("6 of 120 measured requests failed"), out.toString());
    assertTrue(out.toString().contains("status 500"), out.toString());
    assertTrue(Files.exists(directory.resolve("results/latest/report.html")));
  }

  /** One request has one percentile: it fails where a picture asks for the 0th. */
  @Test
  void oneRequestIsEnoughForAReport() {
    try (TestServer server = TestServer.http(r -> r.response().end(TestServer.ANSWER))) {
      String[] arguments = {
        "run",
        "--balancer",
        "one=" + server.url(),
        "--path",
        "/p",
        "--requests",
        "1",
        "--rounds",
        "1",
        "--warm-up",
        "0",
        "--results",
        directory.resolve("results").toString()
      };
      assertEquals(ExitCode.OK, bench(arguments), err.toString());
    }
    assertTrue(out.toString().contains("All 1 measured requests were answered."), out.toString());
  }

  /** The rest of the plan is run, every request of it is recorded, and the report says why. */
  @Test
  void aServerThatGoesAwayInTheMiddleIsReported() {
    AtomicInteger count = new AtomicInteger();
    AtomicReference<TestServer> gone = new AtomicReference<>();
    TestServer server =
        TestServer.http(
            r -> {
              r.response().end(TestServer.ANSWER);
              if (count.incrementAndGet() == 50) {
                new Thread(() -> Objects.requireNonNull(gone.get()).close()).start();
              }
            });
    gone.set(server);
    assertEquals(ExitCode.REQUESTS_FAILED, run(server, "--seed", "5"), err.toString());
    assertTrue(out.toString().contains("connection refused"), out.toString());
    assertTrue(Files.exists(directory.resolve("results/latest/report.html")));
  }

  /** Nothing listens there. */
  @Test
  void aRunWithoutOneAnswerSaysSo() {
    TestServer server = TestServer.http(r -> r.response().end(TestServer.ANSWER));
    server.close();
    assertEquals(ExitCode.REQUESTS_FAILED, run(server), err.toString());
    assertTrue(
        out.toString().contains("None of the 120 measured requests was answered as expected"),
        out.toString());
  }

  /** A run that a later version, or an editor, has spoiled: another report would be a wrong one. */
  @Test
  void aReportIsNotMadeOfASpoiledRun() throws IOException {
    try (TestServer server = TestServer.http(r -> r.response().end(TestServer.ANSWER))) {
      run(server);
    }
    Path samples = directory.resolve("results/latest/samples.csv");
    Files.writeString(samples, Files.readString(samples).replaceFirst(",two,", ",three,"));
    assertEquals(ExitCode.USAGE, bench("report", directory.resolve("results/latest").toString()));
    assertTrue(err.toString().contains("samples.csv, line "), err.toString());
  }

  /** CloudWatch away: the report is there and says so, and the exit code is not 0. */
  @Test
  void anUnreachableCloudWatchDoesNotCostTheReport() throws IOException {
    try (TestServer server = TestServer.http(r -> r.response().end(TestServer.ANSWER))) {
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
      String[] arguments = {
        "run",
        "--lab",
        lab.toString(),
        "--requests",
        "5",
        "--rounds",
        "1",
        "--warm-up",
        "0",
        "--results",
        directory.resolve("results").toString()
      };
      assertEquals(ExitCode.NOT_RECONCILED, bench(arguments), err.toString());
    }
    assertTrue(out.toString().contains("CloudWatch could not be read"), out.toString());
    assertTrue(Files.exists(directory.resolve("results/latest/report.html")));
  }

  /**
   * Fails where a file or the terminal has numbers in the manner of the machine it is written on.
   */
  @Test
  void aFrenchMachineWritesTheSameFiles() throws IOException {
    Run run = Samples.run(Samples.lab(), 60);
    ResultsDirectory results = new ResultsDirectory(directory);
    ResultsDirectory.writeJson(results.run(), run);
    try (SampleFile samples = SampleFile.create(results.samples())) {
      samples.append(Samples.samples(run, name -> 1234L));
    }
    List<Path> files =
        List.of(results.reportHtml(), results.reportTex(), results.reportJson(), results.run());
    List<List<String>> written = new ArrayList<>();
    for (Locale locale : List.of(Locale.CANADA_FRENCH, Locale.ROOT)) {
      Locale.setDefault(locale);
      out.getBuffer().setLength(0);
      assertEquals(ExitCode.OK, bench("report", directory.toString()), err.toString());
      List<String> texts = new ArrayList<>(List.of(out.toString()));
      for (Path file : files) {
        texts.add(Files.readString(file));
      }
      written.add(texts);
    }
    assertEquals(written.get(1), written.get(0));
    assertTrue(out.toString().contains("All 1,200 measured"), out.toString());
  }

  /** One sentence, exit code 2, no stack trace, and nothing is left behind. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "run | nothing to measure",
        "run --balancer a=http://x | no path",
        "run --balancer a=ftp://x --path /p | --balancer a is ftp://x, but must be http://host",
        "run --balancer a --path /p | '--balancer' (NAME=URL)",
        "run --balancer a:b=http://x --path /p | the name of --balancer is a:b",
        "run --balancer a=http://x:99999 --path /p | port from 1 to 65535",
        "run --balancer a=http://x:0 --path /p | port from 1 to 65535",
        "run --balancer a=http://x/index.html --path /p | --balancer a is http://x/index.html, but must be a URL without a path: http://x/",
        "run --balancer a=http://x#top --path /p | without a path",
        "run --balancer a=http://x --balancer a=http://y --path /p | two balancers are named a",
        "run --balancer a=http://x --path index.html | --path is index.html, but must be a path that begins with /",
        "run --balancer a=http://x --path /p --path /p | path /p is given twice",
        "run http://x/p --path /q | the URL is http://x/p, but must be a URL without a path",
        "run http://x:99999/ | the URL is http://x:99999/, but must be a URL with a port from 1 to 65535",
        "run localhost:8080/p | the URL is localhost:8080/p, but must be http://host",
        "run http://x/a http://y/b | different paths, /a and /b",
        "run http://x -n 10 -c 20 | less than one request for each of 20 users",
        "run http://x -q fast | -q fast: it must be requests per second",
        "run http://x -q 5000..500 | -q 5000..500: a ramp goes",
        "run http://x -q 100 --pattern burst | --pattern burst cannot have -q",
        "run http://x --pattern rate | --pattern rate cannot have no -q",
        "run http://x -z 1s --pattern burst | --pattern burst cannot have -z",
        "run http://x --pattern soak -q 5 | needs -z",
        "run http://x -q 20000 -z 200s | 4,000,000 requests in one measurement",
        "run http://x -q 100 --pre-connect | --pre-connect with -q needs -c",
        "run http://x -c 2 --streams 4 | --streams needs --http2",
        "run http://x -H nonsense | -H 'nonsense': it must be 'Name: value'",
        "run http://x -m get | -m get: it must be a method",
        "run http://x -d @none | -d @none: the file cannot be read",
        "run http://x --expect nothing | --expect",
        // Of hey, wrk, oha, k6 and vegeta.
        "run -n 100 -c 10 -t 5 http://x | -t: use --timeout",
        "run -t4 -c100 -d10s http://x | -t4: use --timeout",
        "run -c 100 -d 10s http://x | -d 10s: -d is the body here",
        "run -cpus 2 http://x | -cpus: use --threads",
        "run -disable-keepalive http://x | -disable-keepalive: use --disable-keepalive",
        "run http://x --vus=10 | --vus=10: use -c",
        "run http://x -r 10 | -r: use -q",
        "run http://x -h2 | -h2: use --http2",
        "run http://x --latency-correction | latency always counts",
        "run http://x --json | --json: every run writes",
        "run --balancer a=http://x --path /p --requests 0 | --requests must be between 1 and 50,000",
        "run --balancer a=http://x --path /p --rounds 101 | --rounds",
        "run --balancer a=http://x --path /p --smallest-difference x | 2.5%",
        "run --balancer a=http://x --path /p --smallest-difference 0% | at most 50%",
        "run --balancer a=http://x --path /p --warm-up -1 | --warm-up",
        "run --balancer a=http://x --path /p --timeout 0s | --timeout",
        "run --balancer a=http://x --path /p --timeout soon | 500ms, 30s or 1m",
        "run --balancer a=http://x --path /p --pace hour | --pace",
        "run --balancer a=http://x --path /p --pace minute --timeout 1m | may take 60 s",
        "run http://x/p --control every | --control needs two balancers",
        "run http://x/p -n 10 -c 2 --http2 --streams 2 --disable-keepalive | one of them",
        "run --balancer a=http://x --path /p --pace minute -q 10 -n 1000 --timeout 5s | may take 105 s",
        "run --lab none.json | none.json does not exist",
        "run --lab none.json --balancer a=http://x | cannot be combined",
        "run --unknown | --unknown",
        "report none | none is no directory of a run",
        "compare results | Missing required parameter: 'SECOND'",
        "compare none other | none is no directory of a run",
        "run --balancer a=http://x --path /p --slo p99<5 | '--slo' (LIMIT): 'p99<5' is no limit",
        "run --balancer a=http://x --path /p --slo b:p99<5ms | --slo 'b:p99<5ms': no balancer is named b",
        "run --balancer a=http://x --path /p --fail-if p99>5% | nothing is compared",
      })
  void aMistakeIsAnsweredWithASentence(String arguments, String said) {
    assertEquals(ExitCode.USAGE, bench(arguments.strip().split(" ")), err.toString());
    assertTrue(err.toString().contains(said.strip()), err.toString());
    assertFalse(err.toString().contains("\tat "), err.toString());
    assertTrue(err.toString().lines().count() <= 2, err.toString());
    assertFalse(Files.exists(Path.of("results")));
  }

  @Test
  void aDamagedRunFileIsNamed() throws IOException {
    Files.writeString(directory.resolve("run.json"), "{\n \"state\": 7\n}");
    Files.writeString(directory.resolve("samples.csv"), "");
    assertEquals(ExitCode.USAGE, bench("report", directory.toString()));
    assertTrue(err.toString().contains("run.json"), err.toString());
  }

  /** The report is made either way; what it shows decides the exit code. */
  @Test
  void limitsDecideTheExitCode() {
    try (TestServer server = TestServer.http(r -> r.response().end(TestServer.ANSWER))) {
      assertEquals(
          ExitCode.OK,
          run(server, "--slo", "p99<2s", "--slo", "errors<=0%", "--fail-if", "two:total>900%"),
          err.toString());
      assertTrue(out.toString().contains("ok  errors<=0%   /p through two: 0.00%"), out.toString());
      assertEquals(ExitCode.LIMIT_BROKEN, run(server, "--slo", "two:p50<0.000001ms"));
      assertTrue(out.toString().contains("NO  two:p50<0.000001ms   /p through two"));
    }
    String latest = directory.resolve("results/latest").toString();
    assertEquals(ExitCode.OK, bench("report", latest, "--slo", "max<=2s"));
    assertEquals(ExitCode.LIMIT_BROKEN, bench("report", latest, "--slo", "max<=1us"));
  }

  @Test
  void twoRunsAreCompared() throws IOException {
    try (TestServer server = TestServer.http(r -> r.response().end(TestServer.ANSWER))) {
      run(server);
      run(server);
      run(server, "--timeout", "3s");
    }
    List<String> runs;
    try (Stream<Path> files = Files.list(directory.resolve("results"))) {
      runs = files.filter(f -> !Files.isSymbolicLink(f)).map(Path::toString).sorted().toList();
    }
    assertEquals(
        ExitCode.OK,
        bench("compare", runs.get(0), runs.get(1), "--fail-if", "one:p99 > +1%"),
        err.toString());
    assertTrue(out.toString().contains("two in the second run, against the first"));
    assertTrue(out.toString().contains("not enough rounds"), out.toString());
    assertTrue(out.toString().contains("Two separate runs differ by more than the balancer"));
    assertEquals(ExitCode.USAGE, bench("compare", runs.get(0), runs.get(2)));
    assertTrue(
        err.toString().contains("timeout in ms is 2000 in the first and 3000 in the second"),
        err.toString());
  }

  /** Ctrl-C before the first burst leaves run.json alone. */
  @Test
  void aRunThatMeasuredNothingSaysSo() throws IOException {
    ResultsDirectory.writeJson(
        directory.resolve("run.json"),
        new Run(
            "0",
            Run.State.INTERRUPTED,
            Samples.START,
            null,
            Samples.run(Samples.lab(), 1).settings(),
            Samples.run(Samples.lab(), 1).client(),
            Samples.lab(),
            List.of(),
            List.of(),
            List.of()));
    assertEquals(ExitCode.USAGE, bench("report", directory.toString()));
    assertTrue(err.toString().contains("holds no measured burst"), err.toString());
  }

  @Test
  void helpAndVersionAreThere() {
    assertEquals(ExitCode.OK, bench("--help"));
    assertTrue(out.toString().contains("Exit codes"));
    assertEquals(ExitCode.OK, bench("run", "--help"));
    assertTrue(out.toString().contains("--balancer"));
    assertEquals(ExitCode.OK, bench("--version"));
    assertTrue(out.toString().matches("(?s).*bench \\d+\\.\\d+.*"), out.toString());
  }
}
