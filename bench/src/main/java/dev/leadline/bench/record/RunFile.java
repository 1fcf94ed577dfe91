package dev.leadline.bench.record;

import dev.leadline.bench.error.BenchException;
import dev.leadline.bench.json.Json;
import dev.leadline.bench.lab.LabValidator;
import dev.leadline.bench.plan.Cell;
import dev.leadline.bench.plan.PlannedBurst;
import dev.leadline.bench.record.Run.BurstRecord;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads and checks {@code run.json}. */
public final class RunFile {
  private RunFile() {}

  /**
   * Reads and checks a run.
   *
   * @throws BenchException naming the key that cannot be used
   */
  public static Run read(Path file) {
    Run run = Json.read(file, Run.class);
    require(file, "benchVersion", run.benchVersion());
    require(file, "state", run.state());
    require(file, "startedAt", run.startedAt());
    require(file, "settings", run.settings());
    require(file, "settings.pace", run.settings().pace());
    require(file, "client", run.client());
    require(file, "lab", run.lab());
    LabValidator.check(run.lab(), file + ": lab");
    if (run.settings().timeoutMillis() < 1) {
      throw BenchException.usage("%s: settings.timeoutMillis must be 1 or more".formatted(file));
    }
    Set<PlannedBurst> seen = new HashSet<>();
    List<BurstRecord> bursts = run.bursts();
    for (int i = 0; i < bursts.size(); i++) {
      BurstRecord burst = bursts.get(i);
      String key = "bursts[" + i + "]";
      require(file, key + ".phase", burst.phase());
      require(file, key + ".startedAt", burst.startedAt());
      require(file, key + ".addresses", burst.addresses());
      if (!cells(run).contains(burst.cell())) {
        throw BenchException.usage(
            "%s: %s is of %s, which the lab does not have".formatted(file, key, burst.cell()));
      }
      if (!seen.add(burst.planned())) {
        throw BenchException.usage(
            "%s: %s is %s, which is there before".formatted(file, key, burst.planned()));
      }
    }
    return run;
  }

  private static Set<Cell> cells(Run run) {
    Set<Cell> cells = new HashSet<>();
    run.lab()
        .paths()
        .forEach(
            path ->
                run.lab()
                    .balancers()
                    .forEach(balancer -> cells.add(new Cell(path.path(), balancer.name()))));
    return cells;
  }

  private static void require(Path file, String key, @Nullable Object value) {
    if (value == null) {
      throw BenchException.usage("%s: there is no key %s".formatted(file, key));
    }
  }
}
