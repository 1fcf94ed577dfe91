package dev.leadline.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.bench.error.ExitCode;
import dev.leadline.bench.load.BurstGenerator;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What every command has in common. */
@Timeout(60)
final class MainTest {
  @TempDir private Path directory = Path.of(".");

  private final Bench bench = new Bench(() -> directory);

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
    assertEquals(ExitCode.USAGE, bench.call(arguments.strip().split(" ")), bench.err());
    assertTrue(bench.err().contains(said.strip()), bench.err());
    assertFalse(bench.err().contains("\tat "), bench.err());
    assertTrue(bench.err().lines().count() <= 2, bench.err());
    assertFalse(Files.exists(Path.of("results")));
  }

  @Test
  void helpAndVersionAreThere() {
    assertEquals(ExitCode.OK, bench.call("--help"));
    assertTrue(bench.out().contains("Exit codes"));
    assertEquals(ExitCode.OK, bench.call("run", "--help"));
    assertTrue(bench.out().contains("--balancer"));
    assertEquals(ExitCode.OK, bench.call("--version"));
    assertTrue(bench.out().matches("(?s).*bench \\d+\\.\\d+.*"), bench.out());
  }

  @Test
  void everyOptionIsDocumented() throws Exception {
    String document = Files.readString(Path.of("../docs/commands.md"));
    Main.commandLine(BurstGenerator.Routine.MEASURING)
        .getSubcommands()
        .values()
        .forEach(
            command ->
                command.getCommandSpec().options().stream()
                    .filter(option -> !option.versionHelp() && !option.usageHelp())
                    .forEach(
                        option ->
                            assertTrue(
                                Pattern.compile("`" + option.longestName() + "[` ]")
                                    .matcher(document)
                                    .find(),
                                "docs/commands.md lacks " + option.longestName())));
  }
}
