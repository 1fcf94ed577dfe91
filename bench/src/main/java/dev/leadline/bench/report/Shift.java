package dev.leadline.bench.report;

import dev.leadline.bench.cloudwatch.CloudWatchReading.TargetReading;
import dev.leadline.bench.lab.LabDescription.Balancer;
import dev.leadline.bench.record.Run.BurstRecord;
import dev.leadline.bench.record.Sample;
import dev.leadline.bench.report.Charts.Picture;
import dev.leadline.bench.report.chart.ShiftChart;
import dev.leadline.bench.report.chart.ShiftChart.Strip;
import dev.leadline.bench.report.chart.ShiftChart.TargetLine;
import dev.leadline.bench.report.chart.TimeSlots;
import dev.leadline.bench.stats.BurstFigures;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which targets answered while their CPUs were busy: what a policy does that decides by CloudWatch.
 * Only of bursts that last for several of CloudWatch's minutes.
 */
final class Shift {
  private static final double LEAST_SECONDS = 120;
  private static final String BY_CLOUDWATCH = "cloudwatch";
  private static final double LIMIT_BY_DEFAULT = 80;

  private Shift() {}

  /**
   * The picture of one path; null where no burst is long enough, or CloudWatch has no CPU figures.
   *
   * @param bursts one for each balancer
   */
  static @Nullable Picture picture(Report report, String path, List<BurstFigures> bursts) {
    List<Strip> strips = new ArrayList<>();
    for (BurstFigures burst : bursts) {
      if (burst.durationNanos() / 1e9 >= LEAST_SECONDS) {
        strips.add(strip(report, burst));
      }
    }
    boolean hasCpu =
        strips.stream()
            .flatMap(strip -> strip.targets().stream())
            .anyMatch(target -> target.cpuPercent().size() > 1);
    if (!hasCpu) {
      return null;
    }
    String label = "Requests and CPU of each target on " + path;
    return new Picture(ShiftChart.draw(label, strips, limit(report)), caption(strips));
  }

  /**
   * Whether the policy that decides by CloudWatch could act; empty where no balancer has it.
   *
   * <p>It learns of a minute when that is over, and then needs one in which it shows what it does.
   */
  static Optional<ValidityCheck> check(Report report) {
    if (limit(report).isEmpty()) {
      return Optional.empty();
    }
    double longest =
        report.figures().bursts().stream().mapToLong(BurstFigures::durationNanos).max().orElse(0)
            / 1e9;
    boolean enough = longest >= LEAST_SECONDS;
    return Optional.of(
        new ValidityCheck(
            "The policy cloudwatch had time to act",
            "It decides by the CPU of whole minutes, and the longest burst took %s s. %s"
                .formatted(
                    ReportFormat.rate(longest),
                    enough
                        ? "The picture of who answered when shows what it did."
                        : "It did the same as least_outstanding_requests here; --pattern soak -q 100 -z 6m gives it time."),
            enough));
  }

  private static Strip strip(Report report, BurstFigures figures) {
    BurstRecord burst = figures.burst();
    double slotSeconds = TimeSlots.seconds(figures.durationNanos() / 1e9);
    Map<String, List<Integer>> answered = new LinkedHashMap<>();
    List<TargetAnswers> targets = TargetAnswers.of(report);
    targets.forEach(target -> answered.put(target.id(), new ArrayList<>()));
    report.samples().forEach(burst, sample -> count(answered, sample, slotSeconds));
    List<String> kinds = targets.stream().map(TargetAnswers::kind).distinct().toList();
    List<TargetLine> lines = new ArrayList<>();
    for (TargetAnswers target : targets) {
      List<Integer> own = answered.getOrDefault(target.id(), List.of());
      if (!own.isEmpty()) {
        String style =
            "k%d %s"
                .formatted(
                    kinds.indexOf(target.kind()) % 4, lines.size() % 2 == 0 ? "even" : "odd");
        lines.add(new TargetLine(target.kind(), style, own, cpu(report, target.id(), figures)));
      }
    }
    Balancer balancer = report.run().lab().balancer(burst.balancer());
    return new Strip(balancer.title(), slotSeconds, lines);
  }

  /** By when a request was answered. */
  private static void count(
      Map<String, List<Integer>> answered, Sample sample, double slotSeconds) {
    String id = sample.instanceId();
    List<Integer> slots = id == null ? null : answered.get(id);
    if (slots != null) {
      int slot = (int) (sample.endNanos() / 1e9 / slotSeconds);
      while (slots.size() <= slot) {
        slots.add(0);
      }
      slots.set(slot, slots.get(slot) + 1);
    }
  }

  private static SortedMap<Double, Double> cpu(Report report, String id, BurstFigures figures) {
    Instant began = figures.burst().startedAt().plusMillis(report.cloudWatch().clockOffsetMillis());
    Instant ended = began.plusNanos(figures.durationNanos());
    SortedMap<Double, Double> bySecond = new TreeMap<>();
    report
        .cloudWatch()
        .target(id)
        .map(TargetReading::cpuPercent)
        .orElseGet(TreeMap::new)
        .subMap(began.minus(Duration.ofMinutes(1)), ended)
        .forEach(
            (minute, percent) ->
                bySecond.put(Duration.between(began, minute).toMillis() / 1e3, percent));
    return bySecond;
  }

  /** The limit of the policy that decides by CPU, where the lab's has it or a balancer is it. */
  private static OptionalDouble limit(Report report) {
    Object policy = report.run().lab().settings().get("policy");
    boolean byName =
        BY_CLOUDWATCH.equals(policy)
            || report.run().lab().compared().stream().anyMatch(b -> b.name().equals(BY_CLOUDWATCH));
    if (policy instanceof Map<?, ?> options && BY_CLOUDWATCH.equals(options.get("name"))) {
      return OptionalDouble.of(
          options.get("limit") instanceof Number limit ? limit.doubleValue() : LIMIT_BY_DEFAULT);
    }
    return byName ? OptionalDouble.of(LIMIT_BY_DEFAULT) : OptionalDouble.empty();
  }

  /** The share of each kind of targets, where there are several. */
  private static String caption(List<Strip> strips) {
    List<String> sentences = new ArrayList<>();
    for (Strip strip : strips) {
      List<String> kinds = strip.targets().stream().map(TargetLine::kind).distinct().toList();
      if (kinds.size() > 1) {
        for (String kind : kinds) {
          sentences.add(
              "%s: %s answered %s of the requests of %s s."
                  .formatted(
                      strip.title(),
                      kind,
                      shares(strip, kind),
                      ReportFormat.rate(strip.slotSeconds())));
        }
      }
    }
    return String.join(" ", sentences);
  }

  private static String shares(Strip strip, String kind) {
    double least = 1;
    double most = 0;
    int slots = strip.targets().stream().mapToInt(t -> t.answered().size()).max().orElse(0);
    // The last slot is not a whole one.
    for (int slot = 0; slot < slots - 1; slot++) {
      double all = 0;
      double own = 0;
      for (TargetLine target : strip.targets()) {
        int answered = slot < target.answered().size() ? target.answered().get(slot) : 0;
        all += answered;
        own += target.kind().equals(kind) ? answered : 0;
      }
      if (all > 0) {
        least = Math.min(least, own / all);
        most = Math.max(most, own / all);
      }
    }
    return "%.0f%% to %.0f%%".formatted(100 * Math.min(least, most), 100 * most);
  }
}
