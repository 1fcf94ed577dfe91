package dev.leadline.bench;

import dev.leadline.bench.error.BenchException;
import dev.leadline.bench.lab.LabDescription;
import dev.leadline.bench.lab.LabDescription.MeasuredPath;
import dev.leadline.bench.lab.LabFile;
import dev.leadline.bench.load.HttpSpec;
import dev.leadline.bench.plan.Load;
import dev.leadline.bench.plan.Pace;
import dev.leadline.bench.record.Run.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** The options of {@code run}, checked as a whole before anything is done. */
final class RunOptions {
  private static final int REMOTE_ROUNDS = 6;
  private static final int LOCAL_ROUNDS = 7;
  private static final int WARM_UPS = 3;

  /** Both balancers of a local lab have warmed up by themselves, and its network needs nothing. */
  private static final int LOCAL_WARM_UPS = 1;

  /** Before each measured burst, where balancers are one that is set differently in turn. */
  private static final int WARM_UPS_IN_TURN = 1;

  private static final int MAX_ROUNDS = 100;
  private static final double MAX_SMALLEST_DIFFERENCE = 0.5;
  private static final Duration MAX_TIMEOUT = Duration.ofMinutes(10);

  /** A burst that has a clock minute of its own must end in it. */
  private static final Duration MAX_PACED_TIMEOUT = Duration.ofSeconds(50);

  @Option(
      names = "--lab",
      paramLabel = "FILE",
      description = "Measure the lab this file describes (.leadline/<profile>/lab.json).")
  @Nullable Path lab;

  @Option(
      names = "--balancer",
      paramLabel = "NAME=URL",
      converter = NamedUrl.Converter.class,
      description =
          "Or measure this server; may be repeated. The first is what others are compared with.")
  List<NamedUrl> balancers = new ArrayList<>();

  @Parameters(
      paramLabel = "URL",
      arity = "0..*",
      description = "Or simply measure this URL; two or more are compared.")
  List<String> urls = new ArrayList<>();

  @Option(
      names = "--path",
      paramLabel = "/PATH",
      description =
          "Ask for this path; may be repeated. With --lab: only these of the lab's paths.")
  List<String> paths = new ArrayList<>();

  @Mixin LoadOptions load = new LoadOptions();

  @Mixin HttpOptions http = new HttpOptions();

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description =
          "Measured rounds of each path through each balancer (7; on AWS 6; ramp and soak 1). With"
              + " --pace minute each takes a minute.")
  @Nullable Integer rounds;

  @Option(
      names = "--warm-up",
      paramLabel = "N",
      description =
          "Rounds before that, not measured (3; in a local lab or with -z 1; ramp and soak 0). With"
              + " --policies: bursts before each measured one (1).")
  @Nullable Integer warmUps;

  @Option(
      names = "--control",
      paramLabel = "first|every",
      description =
          "Measure the first balancer a second time, on the first path or on every path: what"
              + " differs then is noise (every; in a lab of two balancers first).")
  @Nullable ControlPaths control;

  @Option(
      names = "--smallest-difference",
      paramLabel = "PERCENT",
      defaultValue = "5",
      converter = Percent.class,
      description =
          "Smallest difference between balancers that matters; for example 2 or 2.5%%"
              + " (${DEFAULT-VALUE}).")
  double smallestDifference;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Repeat the order of an earlier run (random).")
  @Nullable Long seed;

  @Option(
      names = "--pace",
      paramLabel = "none|minute",
      description =
          "minute: a clock minute for each measured burst, so that CloudWatch can tell them apart"
              + " (none; on AWS minute).")
  @Nullable Pace pace;

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      defaultValue = "30s",
      description =
          "Give a request up after this time; for example 500ms, 30s, 1m (${DEFAULT-VALUE}).")
  Duration timeout = Duration.ZERO;

  @Option(
      names = "--disturb",
      paramLabel = "WHAT",
      description =
          "Disturb a target of the lab in every measured burst: 'at 5s freeze target 3 for 10s'; slow"
              + " (by 8x), freeze, kill, fail, cut off, bring back. May be repeated; see docs/how-to.md.")
  List<String> disturb = new ArrayList<>();

  @Option(names = "--no-cloudwatch", description = "Do not read CloudWatch.")
  boolean noCloudWatch;

  @Option(
      names = "--settle",
      paramLabel = "DURATION",
      description = "Longest wait until CloudWatch has counted all requests (45s; on AWS 10m).")
  @Nullable Duration settle;

  @Option(
      names = "--results",
      paramLabel = "DIR",
      defaultValue = "results",
      description = "Where each run gets a directory of its own (${DEFAULT-VALUE}).")
  Path results = Path.of("results");

  /**
   * Resolves what depends on the lab and checks all.
   *
   * @throws BenchException naming the option that cannot be used
   */
  Settings settings(LabDescription measured) {
    HttpSpec sent = http.spec(!measured.targets().isEmpty());
    Load sentLoad = load.load(sent.http2());
    boolean takesLong = load.takesLong();
    int roundsOrDefault =
        rounds != null ? rounds : takesLong ? 1 : measured.remote() ? REMOTE_ROUNDS : LOCAL_ROUNDS;
    int warmUpsOrDefault =
        warmUps != null
            ? warmUps
            : takesLong
                ? 0
                : sentLoad.durationMillis() > 0
                    ? 1
                    : measured.switched()
                        ? WARM_UPS_IN_TURN
                        : measured.profile().equals(LabDescription.LOCAL)
                            ? LOCAL_WARM_UPS
                            : WARM_UPS;
    // In turn, every policy has each of the balancer's minutes: a minute for each burst takes
    // hours.
    Pace paceOrDefault =
        pace != null ? pace : measured.remote() && !measured.switched() ? Pace.MINUTE : Pace.NONE;
    checkRange("--rounds", roundsOrDefault, 1, MAX_ROUNDS);
    if (!(smallestDifference > 0 && smallestDifference <= MAX_SMALLEST_DIFFERENCE)) {
      throw BenchException.usage("--smallest-difference must be above 0 and at most 50%");
    }
    checkRange("--warm-up", warmUpsOrDefault, 0, MAX_ROUNDS);
    if (timeout.toMillis() < 1 || timeout.compareTo(MAX_TIMEOUT) > 0) {
      throw BenchException.usage("--timeout must be between 1ms and 10m");
    }
    long ofNumber =
        sentLoad.durationMillis() == 0 && sentLoad.perSecond() > 0
            ? (long) Math.min(86_400_000, sentLoad.requests() * 1_000 / sentLoad.perSecond())
            : 0;
    Duration lasts = Duration.ofMillis(sentLoad.durationMillis() * sentLoad.steps() + ofNumber);
    if (paceOrDefault == Pace.MINUTE && timeout.plus(lasts).compareTo(MAX_PACED_TIMEOUT) > 0) {
      throw BenchException.usage(
          ("a burst may take %d s with its --timeout, but 50 s at most with --pace minute, which AWS"
                  + " has as default: lower --timeout, -z or -n, or give --pace none")
              .formatted(timeout.plus(lasts).toSeconds()));
    }
    return new Settings(
        seed != null ? seed : new Random().nextInt(Integer.MAX_VALUE),
        (int) sentLoad.expectedRequests(),
        roundsOrDefault,
        warmUpsOrDefault,
        paceOrDefault,
        timeout.toMillis(),
        load.preConnect,
        smallestDifference,
        sentLoad,
        sent.record());
  }

  /** Where the control is measured: each of its cells takes as long as one of the balancer's. */
  enum ControlPaths {
    FIRST,
    EVERY
  }

  /** Reads {@code 5} and {@code 5%} as 0.05. */
  static final class Percent implements ITypeConverter<Double> {
    @Override
    public Double convert(String text) {
      try {
        return Double.parseDouble(text.endsWith("%") ? text.substring(0, text.length() - 1) : text)
            / 100;
      } catch (NumberFormatException e) {
        throw new TypeConversionException("'" + text + "' is no percentage like 5 or 2.5%");
      }
    }
  }

  /**
   * Answers with the lab to measure, with a control where balancers are compared.
   *
   * @throws BenchException when neither or both of lab and servers are given, or one is unusable
   */
  LabDescription measured() {
    LabDescription described = described();
    if (described.balancers().size() < 2 || load.takesLong()) {
      if (control != null) {
        throw BenchException.usage(
            "--control needs two balancers to compare, and no ramp or soak: there is nothing to control");
      }
      return described;
    }
    ControlPaths where =
        control != null
            ? control
            : lab == null || described.balancers().size() > 2
                ? ControlPaths.EVERY
                : ControlPaths.FIRST;
    return described.withControl(
        described.paths().stream()
            .map(MeasuredPath::path)
            .limit(where == ControlPaths.FIRST ? 1 : Long.MAX_VALUE)
            .toList());
  }

  private LabDescription described() {
    if (lab == null) {
      return AdHocServers.lab(urls, balancers, paths);
    }
    if (!balancers.isEmpty() || !urls.isEmpty()) {
      throw BenchException.usage(
          "--lab and --balancer or a URL cannot be combined: the lab names its own");
    }
    LabDescription read = LabFile.read(lab);
    if (paths.isEmpty()) {
      return read;
    }
    for (String path : paths) {
      if (read.paths().stream().noneMatch(measured -> measured.path().equals(path))) {
        throw BenchException.usage(
            "--path %s: the lab has no such path, but %s"
                .formatted(path, read.paths().stream().map(MeasuredPath::path).toList()));
      }
    }
    return read.onlyPaths(paths);
  }

  /** AWS has new figures once a minute, an emulator as soon as they are published. */
  Duration pollInterval(LabDescription measured) {
    return measured.remote() ? Duration.ofSeconds(20) : Duration.ofSeconds(1);
  }

  Duration settleLimit(LabDescription measured) {
    if (settle != null) {
      return settle;
    }
    return measured.remote() ? Duration.ofMinutes(10) : Duration.ofSeconds(45);
  }

  /** So long balancers need to find a target healthy again, by the lab's health checks. */
  Duration pauseAfterDisturbance(LabDescription measured) {
    return measured.remote() ? Duration.ofSeconds(30) : Duration.ofSeconds(15);
  }

  private static void checkRange(String option, int value, int min, int max) {
    if (value < min || value > max) {
      throw BenchException.usage(
          "%s must be between %,d and %,d, and is %,d".formatted(option, min, max, value));
    }
  }
}
