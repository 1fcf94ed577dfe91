package dev.leadline.bench.disturb;

import static java.util.stream.Collectors.groupingBy;

import dev.leadline.bench.aws.AwsException;
import dev.leadline.bench.disturb.DisturbanceScript.Times;
import dev.leadline.bench.error.BenchException;
import dev.leadline.bench.lab.LabDescription;
import dev.leadline.bench.lab.LabDescription.MeasuredPath;
import dev.leadline.bench.lab.LabDescription.Target;
import dev.leadline.bench.plan.Phase;
import dev.leadline.bench.plan.PlannedBurst;
import dev.leadline.bench.record.DisturbanceRecord;
import dev.leadline.bench.record.ResultsDirectory;
import dev.leadline.bench.run.AroundBurst;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Disturbs the targets of a lab in every measured burst, each time in the same way, and writes down
 * what was done and when. Not thread-safe.
 */
public final class Disturber implements AroundBurst {
  /** A script may take so much longer than its disturbances: it is started, and an application. */
  private static final Duration MORE = Duration.ofSeconds(60);

  private final LabDescription lab;
  private final Map<Target, List<Disturbance>> byTarget;
  private final RemoteShell shell;
  private final Path file;
  private final Duration pause;
  private final List<DisturbanceRecord> records = new ArrayList<>();
  private final Map<Target, String> started = new LinkedHashMap<>();

  /**
   * Prepares to disturb.
   *
   * @param file that gets what was done
   * @param pause after a disturbed burst, in which the balancers find the targets healthy again
   */
  public Disturber(
      LabDescription lab,
      List<Disturbance> disturbances,
      RemoteShell shell,
      Path file,
      Duration pause) {
    this.lab = lab;
    this.byTarget = byTarget(lab, disturbances);
    this.shell = shell;
    this.file = file;
    this.pause = pause;
  }

  /**
   * Checks that a lab can be disturbed so.
   *
   * @param loadLength of a burst; null where nobody can say before it
   */
  public static void check(
      LabDescription lab, List<Disturbance> disturbances, @Nullable Duration loadLength) {
    if (lab.region() == null || lab.targets().isEmpty()) {
      throw BenchException.usage(
          "--disturb acts on the instances of a lab: give --lab FILE, or use ./deploy.sh bench");
    }
    byTarget(lab, disturbances);
    if (loadLength == null) {
      throw BenchException.usage(
          "--disturb needs a load that goes on for a known time, for example --pattern rate -q 200 -z 40s");
    }
    for (Disturbance it : disturbances) {
      if (it.until().compareTo(loadLength) >= 0) {
        throw BenchException.usage(
            String.format(
                Locale.ROOT,
                "--disturb: target %d is brought back %.1f s after the beginning, but the load lasts %.1f s; a longer load (-z) shows how it recovers",
                it.target(),
                it.until().toMillis() / 1e3,
                loadLength.toMillis() / 1e3));
      }
    }
  }

  /** What a reader of the report must know, in a sentence. */
  public static String remark(List<Disturbance> disturbances) {
    return "Targets were disturbed on purpose in every measured round: %s."
        .formatted(
            String.join(
                ", ",
                disturbances.stream()
                    .map(
                        it ->
                            String.format(
                                Locale.ROOT,
                                "target %d %s from %.1f to %.1f s",
                                it.target(),
                                it.what(),
                                it.from().toMillis() / 1e3,
                                it.until().toMillis() / 1e3))
                    .toList()));
  }

  private static Map<Target, List<Disturbance>> byTarget(
      LabDescription lab, List<Disturbance> disturbances) {
    Map<Target, List<Disturbance>> byTarget = new LinkedHashMap<>();
    new TreeMap<>(disturbances.stream().collect(groupingBy(Disturbance::target)))
        .forEach((number, own) -> byTarget.put(target(lab, number), own));
    return byTarget;
  }

  private static Target target(LabDescription lab, int number) {
    Target found =
        lab.targets().stream()
            .filter(target -> target.number() == number)
            .findFirst()
            .orElseThrow(
                () ->
                    BenchException.usage(
                        "--disturb: the lab has no target %d, but %s"
                            .formatted(
                                number, lab.targets().stream().map(Target::number).toList())));
    if (lab.paths().stream().noneMatch(path -> serves(path, found))) {
      throw BenchException.usage(
          "--disturb: target %d answers none of the measured paths %s"
              .formatted(number, lab.paths().stream().map(MeasuredPath::path).toList()));
    }
    return found;
  }

  private static boolean serves(MeasuredPath path, Target target) {
    return path.targets().isEmpty() || path.targets().contains(target.id());
  }

  /**
   * Starts the scripts of the targets that answer the path of this burst.
   *
   * @throws BenchException when one cannot be started: a run without what it should show is none
   */
  @Override
  public void before(PlannedBurst burst) throws InterruptedException {
    started.clear();
    if (burst.phase() == Phase.WARM_UP) {
      return;
    }
    for (Map.Entry<Target, List<Disturbance>> entry : byTarget.entrySet()) {
      Target target = entry.getKey();
      if (lab.paths().stream()
          .anyMatch(path -> path.path().equals(burst.cell().path()) && serves(path, target))) {
        try {
          started.put(
              target,
              shell.start(
                  target.id(), DisturbanceScript.of(entry.getValue()), longest(entry.getValue())));
        } catch (AwsException e) {
          throw BenchException.failed(
              "--disturb: target %d (%s) cannot be disturbed: %s"
                  .formatted(target.number(), target.id(), e.getMessage()));
        }
      }
    }
  }

  @Override
  public void after(PlannedBurst burst) throws InterruptedException {
    if (started.isEmpty()) {
      return;
    }
    for (Map.Entry<Target, String> entry : started.entrySet()) {
      Target target = entry.getKey();
      List<Disturbance> done = byTarget.getOrDefault(target, List.of());
      List<Times> times = DisturbanceScript.times("", done.size());
      String problem = null;
      try {
        String output = shell.await(target.id(), entry.getValue(), longest(done));
        times = DisturbanceScript.times(output, done.size());
      } catch (AwsException e) {
        problem = e.getMessage();
      }
      for (int i = 0; i < done.size(); i++) {
        records.add(record(burst, target, done.get(i), times.get(i), problem));
      }
    }
    ResultsDirectory.writeJson(file, records);
    Thread.sleep(pause.toMillis());
  }

  private static DisturbanceRecord record(
      PlannedBurst burst, Target target, Disturbance done, Times times, @Nullable String problem) {
    return new DisturbanceRecord(
        burst.round(),
        burst.cell().path(),
        burst.cell().balancer(),
        target.id(),
        target.number(),
        done.what(),
        done.from().toMillis(),
        done.until().toMillis(),
        times.began(),
        times.ended(),
        problem);
  }

  private static Duration longest(Collection<Disturbance> disturbances) {
    return disturbances.stream()
        .map(Disturbance::until)
        .max(Duration::compareTo)
        .orElse(Duration.ZERO)
        .plus(MORE);
  }

  @Override
  public void close() {
    shell.close();
  }
}
