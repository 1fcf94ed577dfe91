package dev.leadline.bench.load;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import dev.leadline.bench.plan.Pattern;
import dev.leadline.bench.record.Audit;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Watches this process during one burst, and says whether its own limits spoiled it. */
final class SelfAudit {
  /** A request begun later than this after its intended send was held up by the client itself. */
  static final Duration MAX_BURST_SKEW = Duration.ofMillis(100);

  /** For requests that are due one after another; of all but the latest one in a hundred. */
  static final Duration MAX_RATE_SKEW = Duration.ofMillis(10);

  private static final double MAX_CPU_SHARE = 0.95;
  private static final double MAX_GC_SHARE = 0.05;
  private static final long ALWAYS_ALLOWED_GC_MILLIS = 50;
  private static final Duration MAX_CLOCK_STEP = Duration.ofMillis(500);

  /** Shorter than this, a share of the processors says nothing. */
  private static final Duration MIN_FOR_CPU = Duration.ofMillis(200);

  private final Clock clock;
  private final Instant startedAt;
  private final long startedNanoTime = System.nanoTime();
  private final long gcMillis = gcMillisSoFar();
  private final long cpuNanos = cpuNanosSoFar();

  SelfAudit(Clock clock) {
    this.clock = clock;
    this.startedAt = clock.instant();
  }

  /** Only once every exchange has ended, and before connections are closed. */
  Audit end(Pattern pattern, List<LoadLoop> loops) {
    long elapsedNanos = System.nanoTime() - startedNanoTime;
    long stepMillis =
        Duration.between(startedAt, clock.instant()).minusNanos(elapsedNanos).toMillis();
    long[] skews = skews(loops);
    Audit measured =
        new Audit(
            skews.length == 0 ? 0 : skews[(int) Math.ceil(skews.length * 0.99) - 1],
            skews.length == 0 ? 0 : skews[skews.length - 1],
            gcMillisSoFar() - gcMillis,
            (double) (cpuNanosSoFar() - cpuNanos)
                / elapsedNanos
                / Runtime.getRuntime().availableProcessors(),
            openFiles(),
            OpenFileLimit.limit(),
            waitingPorts(),
            stepMillis,
            loops.stream().mapToInt(LoadLoop::repeats).sum(),
            List.of());
    return measured.with(limits(measured, pattern, elapsedNanos, loops));
  }

  static List<String> limits(
      Audit audit, Pattern pattern, long elapsedNanos, int withoutFile, int withoutPort) {
    List<String> limits = new ArrayList<>();
    if (pattern == Pattern.BURST && audit.skewMaxNanos() > MAX_BURST_SKEW.toNanos()) {
      limits.add(
          String.format(
              Locale.ROOT,
              "a request was begun %s ms after its intended send, allowed are %d ms",
              millis(audit.skewMaxNanos()),
              MAX_BURST_SKEW.toMillis()));
    }
    if (pattern != Pattern.BURST && audit.skewP99Nanos() > MAX_RATE_SKEW.toNanos()) {
      limits.add(
          String.format(
              Locale.ROOT,
              "one request in a hundred was begun %s ms or more after its intended send, allowed"
                  + " are %d ms",
              millis(audit.skewP99Nanos()),
              MAX_RATE_SKEW.toMillis()));
    }
    double gcAllowed = Math.max(ALWAYS_ALLOWED_GC_MILLIS, elapsedNanos / 1e6 * MAX_GC_SHARE);
    if (audit.gcMillis() > gcAllowed) {
      limits.add(
          String.format(
              Locale.ROOT,
              "garbage collection stopped the client for %d ms, allowed are %.0f ms",
              audit.gcMillis(),
              gcAllowed));
    }
    if (audit.cpuShare() > MAX_CPU_SHARE && elapsedNanos > MIN_FOR_CPU.toNanos()) {
      limits.add(
          String.format(
              Locale.ROOT,
              "the client used %.0f%% of all processors: it was measured, not the server",
              audit.cpuShare() * 100));
    }
    if (withoutFile > 0) {
      limits.add(
          String.format(
              Locale.ROOT,
              "%,d requests got no connection, because this process may open only %,d files: raise"
                  + " the limit with `ulimit -n`, or lower -c",
              withoutFile,
              audit.openFileLimit()));
    }
    if (withoutPort > 0) {
      limits.add(
          String.format(
              Locale.ROOT,
              "%,d requests got no connection, because no local port was free: keep connections"
                  + " with -c, or wait a minute between bursts",
              withoutPort));
    }
    if (Math.abs(audit.clockStepMillis()) > MAX_CLOCK_STEP.toMillis()) {
      limits.add(
          String.format(
              Locale.ROOT,
              "the wall clock moved by %d ms: the minutes of CloudWatch may be others",
              audit.clockStepMillis()));
    }
    return limits;
  }

  private static List<String> limits(
      Audit audit, Pattern pattern, long elapsedNanos, List<LoadLoop> loops) {
    return limits(
        audit,
        pattern,
        elapsedNanos,
        count(loops, FailureReason.NO_FILE),
        count(loops, FailureReason.NO_PORT));
  }

  private static int count(List<LoadLoop> loops, String error) {
    return loops.stream().mapToInt(loop -> loop.samples().countOf(error)).sum();
  }

  private static long[] skews(List<LoadLoop> loops) {
    long[] skews = new long[loops.stream().mapToInt(loop -> loop.samples().size()).sum()];
    int filled = 0;
    for (LoadLoop loop : loops) {
      SampleColumns samples = loop.samples();
      for (int row = 0; row < samples.size(); row++) {
        skews[filled++] = samples.startNanos(row) - samples.intendedNanos(row);
      }
    }
    Arrays.sort(skews);
    return skews;
  }

  /** Beans named "Cycles" count work beside the running program, which stops nobody. */
  private static long gcMillisSoFar() {
    return ManagementFactory.getGarbageCollectorMXBeans().stream()
        .filter(bean -> !bean.getName().contains("Cycles"))
        .mapToLong(GarbageCollectorMXBean::getCollectionTime)
        .sum();
  }

  private static long cpuNanosSoFar() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
        ? system.getProcessCpuTime()
        : 0;
  }

  private static long openFiles() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
        ? unix.getOpenFileDescriptorCount()
        : 0;
  }

  private static int waitingPorts() {
    try {
      // "TCP: inuse 9 orphan 0 tw 12 alloc 14 mem 2"
      for (String line : Files.readAllLines(Path.of("/proc/net/sockstat"))) {
        String[] words = line.split(" ", -1);
        for (int i = 1; i + 1 < words.length; i++) {
          if (words[0].equals("TCP:") && words[i].equals("tw")) {
            return Integer.parseInt(words[i + 1]);
          }
        }
      }
      return -1;
    } catch (IOException | NumberFormatException e) {
      return -1;
    }
  }

  private static String millis(long nanos) {
    return String.format(Locale.ROOT, "%.1f", nanos / 1e6);
  }
}
