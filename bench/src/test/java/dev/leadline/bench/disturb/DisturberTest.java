package dev.leadline.bench.disturb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.bench.Samples;
import dev.leadline.bench.aws.AwsException;
import dev.leadline.bench.error.BenchException;
import dev.leadline.bench.json.Json;
import dev.leadline.bench.plan.Cell;
import dev.leadline.bench.plan.Phase;
import dev.leadline.bench.plan.PlannedBurst;
import dev.leadline.bench.record.DisturbanceRecord;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DisturberTest {
  @TempDir Path folder = Path.of("");

  /** Machines that say what a test wants. */
  private static final class ScriptedShell implements RemoteShell {
    final List<String> started = new ArrayList<>();
    String output = "";
    @Nullable String refusal;
    @Nullable String failure;

    @Override
    public String start(String instanceId, String script, Duration longest) throws AwsException {
      if (refusal != null) {
        throw new AwsException(refusal);
      }
      started.add(instanceId + " " + longest.toSeconds());
      return "command";
    }

    @Override
    public String await(String instanceId, String command, Duration longest) throws AwsException {
      if (failure != null) {
        throw new AwsException(failure);
      }
      return output;
    }

    @Override
    public void close() {}
  }

  private final ScriptedShell shell = new ScriptedShell();

  private Disturber disturber(String... texts) {
    return new Disturber(
        Samples.lab(),
        DisturbanceParser.parse(List.of(texts)),
        shell,
        folder.resolve("disturbances.json"),
        Duration.ZERO);
  }

  private static PlannedBurst burst(Phase phase) {
    return new PlannedBurst(phase, 2, new Cell("/p", "alb"));
  }

  @Test
  void whatWasDoneIsWrittenDownWithTheTargetsTimes() throws Exception {
    shell.output = "begun freeze 1772366405.250000\nended freeze 1772366415.500000\n";
    Disturber disturber = disturber("at 5s freeze target 2 for 10s");
    disturber.before(burst(Phase.WARM_UP));
    disturber.after(burst(Phase.WARM_UP));
    assertEquals(List.of(), shell.started);
    assertFalse(Files.exists(folder.resolve("disturbances.json")));

    disturber.before(burst(Phase.MEASURED));
    disturber.after(burst(Phase.MEASURED));
    assertEquals(List.of("i-2 75"), shell.started);
    DisturbanceRecord[] records =
        Json.read(folder.resolve("disturbances.json"), DisturbanceRecord[].class);
    assertEquals(
        List.of(
            new DisturbanceRecord(
                2,
                "/p",
                "alb",
                "i-2",
                2,
                "freeze",
                5000,
                15_000,
                Instant.parse("2026-03-01T12:00:05.250Z"),
                Instant.parse("2026-03-01T12:00:15.500Z"),
                null)),
        List.of(records));
  }

  /** A round that was not disturbed must not pass for one that was. */
  @Test
  void aScriptThatFailsIsARecordWithTheReason() throws Exception {
    shell.failure = "its script ended with status Failed: no";
    Disturber disturber = disturber("at 5s freeze target 2 for 10s");
    disturber.before(burst(Phase.MEASURED));
    disturber.after(burst(Phase.MEASURED));
    DisturbanceRecord record =
        Json.read(folder.resolve("disturbances.json"), DisturbanceRecord[].class)[0];
    assertEquals(null, record.began());
    assertEquals("its script ended with status Failed: no", record.problem());
  }

  @Test
  void whatMayNotBeDoneEndsTheRun() {
    shell.refusal = "the permission ssm:SendCommand is missing";
    BenchException e =
        assertThrows(
            BenchException.class,
            () -> disturber("at 5s freeze target 2 for 10s").before(burst(Phase.MEASURED)));
    assertEquals(
        "--disturb: target 2 (i-2) cannot be disturbed: the permission ssm:SendCommand is missing",
        e.getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "at 5s freeze target 7 for 10s, 40, 'the lab has no target 7, but [1, 2]'",
    "at 5s freeze target 2 for 10s, 15, 'brought back 15.0 s after the beginning, but the load lasts 15.0 s'",
    "at 5s freeze target 2 for 10s, 0, needs a load that goes on for a known time",
  })
  void whatCannotBeIsRefusedBeforeTheRun(String text, int seconds, String says) {
    BenchException e =
        assertThrows(
            BenchException.class,
            () ->
                Disturber.check(
                    Samples.lab(),
                    DisturbanceParser.parse(List.of(text)),
                    seconds == 0 ? null : Duration.ofSeconds(seconds)));
    assertTrue(String.valueOf(e.getMessage()).contains(says), e.getMessage());
  }
}
