package dev.leadline.bench.cloudwatch;

import dev.leadline.bench.aws.AwsException;
import dev.leadline.bench.cloudwatch.CloudWatchReading.BalancerReading;
import dev.leadline.bench.cloudwatch.CloudWatchReading.GroupReading;
import dev.leadline.bench.cloudwatch.CloudWatchReading.Series;
import dev.leadline.bench.cloudwatch.CloudWatchReading.State;
import dev.leadline.bench.cloudwatch.CloudWatchReading.TargetReading;
import dev.leadline.bench.lab.Kind;
import dev.leadline.bench.lab.LabDescription;
import dev.leadline.bench.lab.LabDescription.Balancer;
import dev.leadline.bench.lab.LabDescription.MetricScope;
import dev.leadline.bench.lab.LabDescription.Target;
import dev.leadline.bench.progress.RunProgress;
import dev.leadline.bench.record.Run;
import dev.leadline.bench.record.RunSamples;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads CloudWatch repeatedly until the counts of a run no longer change: metrics arrive seconds to
 * minutes after the requests they count.
 */
public final class SettledMetricsReader {
  /** A publisher may stamp what it counted when it publishes, a little after the last request. */
  private static final Duration AFTER_RUN = Duration.ofMinutes(1);

  /** Basic monitoring of EC2 has one point in five minutes, stamped with their beginning. */
  private static final Duration CPU_BEFORE_RUN = Duration.ofMinutes(4);

  /** CPU credits have one point in five minutes too, and it comes late. */
  private static final Duration CREDITS_BEFORE_RUN = Duration.ofMinutes(15);

  private final StatisticsReader source;
  private final MinuteClock minutes;
  private final Duration interval;
  private final Duration limit;
  private final RunProgress progress;

  /**
   * Prepares to read.
   *
   * @param interval between two polls
   * @param limit after which the last figures are taken, labelled as not settled
   */
  public SettledMetricsReader(
      StatisticsReader source,
      MinuteClock minutes,
      Duration interval,
      Duration limit,
      RunProgress progress) {
    this.source = source;
    this.minutes = minutes;
    this.interval = interval;
    this.limit = limit;
    this.progress = progress;
  }

  /** What the client did with one balancer, warm-up included. */
  private record Expected(long sent, long answered) {
    static Expected of(Balancer balancer, Run run, RunSamples samples) {
      long[] counts = new long[2];
      for (Run.BurstRecord burst : run.bursts()) {
        if (run.lab().behind(burst.balancer()).equals(balancer.name())) {
          samples.forEach(
              burst,
              sample -> {
                counts[0] += sample.sent() ? 1 : 0;
                counts[1] += sample.sent() && sample.status() != null ? 1 : 0;
              });
        }
      }
      return new Expected(counts[0], counts[1]);
    }
  }

  /**
   * Reads until settled, or until the limit.
   *
   * @param run that has ended
   * @param samples of all its bursts
   */
  public CloudWatchReading read(Run run, RunSamples samples) throws InterruptedException {
    Map<Balancer, Expected> expected = new LinkedHashMap<>();
    for (Balancer balancer : run.lab().counting()) {
      if (balancer.cloudwatch() != null) {
        expected.put(balancer, Expected.of(balancer, run, samples));
      }
    }
    Duration ahead = source.clockOffset();
    Instant from = MinuteClock.of(run.firstBurstAt().plus(ahead));
    Instant ended = (run.endedAt() == null ? minutes.now() : run.endedAt()).plus(ahead);
    Instant to = MinuteClock.of(ended).plus(1, ChronoUnit.MINUTES).plus(AFTER_RUN);
    Instant deadline = minutes.now().plus(limit);
    List<BalancerReading> previous = List.of();
    for (int polls = 1; ; polls++) {
      List<BalancerReading> balancers;
      try {
        balancers = balancers(expected, from, to);
        boolean unchanged = counters(balancers).equals(counters(previous));
        State state = judge(balancers, unchanged, !minutes.now().isBefore(deadline));
        if (state != null) {
          return finished(run.lab(), state, balancers, from, to, polls);
        }
        progress.waiting("CloudWatch has counted: " + counts(balancers));
        previous = balancers;
      } catch (AwsException e) {
        if (!e.isPassing() || !minutes.now().isBefore(deadline)) {
          return CloudWatchReading.unreachable(
              "CloudWatch could not be read: %s. The samples of this run are complete."
                  .formatted(e.getMessage()));
        }
        progress.waiting("CloudWatch: " + e.getMessage());
      }
      minutes.sleep(interval);
    }
  }

  /** Adds what the counts do not need; what of it cannot be read is a remark. */
  private CloudWatchReading finished(
      LabDescription lab,
      State state,
      List<BalancerReading> balancers,
      Instant from,
      Instant to,
      int polls)
      throws InterruptedException {
    List<String> remarks = new ArrayList<>();
    List<BalancerReading> complete = new ArrayList<>();
    for (BalancerReading balancer : balancers) {
      try {
        complete.add(withHealthyHosts(lab, balancer, from, to));
      } catch (AwsException e) {
        complete.add(balancer);
        remarks.add(
            "%s of %s could not be read: %s."
                .formatted(Metrics.HEALTHY_HOSTS, balancer.balancer(), e.getMessage()));
      }
    }
    List<GroupReading> groups = new ArrayList<>();
    for (BalancerReading balancer : balancers) {
      try {
        groups.addAll(groups(balancer, from, to));
      } catch (AwsException e) {
        remarks.add(
            "The target groups of %s could not be read: %s."
                .formatted(balancer.balancer(), e.getMessage()));
      }
    }
    List<TargetReading> targets = List.of();
    try {
      targets = targets(lab, from, to);
    } catch (AwsException e) {
      remarks.add("The instances' metrics could not be read: %s.".formatted(e.getMessage()));
    }
    return new CloudWatchReading(
        state,
        detail(state, balancers),
        from,
        to,
        polls,
        complete,
        targets,
        source.clockOffset().toMillis(),
        remarks,
        groups);
  }

  /** The verdict on a poll, or null to poll again. */
  private static @Nullable State judge(
      List<BalancerReading> balancers, boolean unchanged, boolean timeIsUp) {
    if (unchanged && balancers.stream().allMatch(BalancerReading::complete)) {
      return State.SETTLED;
    }
    if (unchanged && balancers.stream().anyMatch(BalancerReading::exceeds)) {
      return State.MISMATCH;
    }
    if (!timeIsUp) {
      return null;
    }
    if (balancers.stream().anyMatch(BalancerReading::exceeds)) {
      return State.MISMATCH;
    }
    return unchanged && balancers.stream().allMatch(BalancerReading::agrees)
        ? State.SETTLED
        : State.NOT_SETTLED;
  }

  private List<BalancerReading> balancers(
      Map<Balancer, Expected> expected, Instant from, Instant to)
      throws AwsException, InterruptedException {
    List<MetricStatistic> queries =
        expected.keySet().stream()
            .flatMap(balancer -> Published.of(scope(balancer)).stream())
            .flatMap(asked -> asked.from().stream())
            .toList();
    Map<MetricStatistic, SortedMap<Instant, Double>> values = source.read(queries, from, to);
    List<BalancerReading> balancers = new ArrayList<>();
    expected.forEach(
        (balancer, client) -> {
          List<Series> series =
              Published.of(scope(balancer)).stream().map(asked -> asked.in(values)).toList();
          balancers.add(
              BalancerReading.of(
                  balancer.name(), scope(balancer), client.sent(), client.answered(), series));
        });
    return balancers;
  }

  /**
   * Adds healthy hosts where a balancer publishes them by target group only, as the Application
   * Load Balancer does, or has a load balancer for each path: added up minute by minute. A path
   * over the targets of others is left out, because it would count them again.
   */
  private BalancerReading withHealthyHosts(
      LabDescription lab, BalancerReading balancer, Instant from, Instant to)
      throws AwsException, InterruptedException {
    MetricScope scope = balancer.scope();
    if (scope.paths().isEmpty() && balancer.series(Metrics.HEALTHY_HOSTS, "Minimum").isPresent()) {
      return balancer;
    }
    SortedMap<Instant, Double> hosts = new TreeMap<>();
    List<MetricScope> disjoint =
        scope.paths().isEmpty()
            ? source.targetGroups(scope, Metrics.HEALTHY_HOSTS)
            : scope.paths().entrySet().stream()
                .filter(path -> !lab.isOverOthers(path.getKey()))
                .map(path -> new MetricScope(scope.namespace(), path.getValue()))
                .toList();
    List<MetricStatistic> queries =
        disjoint.stream()
            .map(part -> new MetricStatistic(part, Metrics.HEALTHY_HOSTS, "Minimum"))
            .toList();
    if (!queries.isEmpty()) {
      source
          .read(queries, from, to)
          .values()
          .forEach(
              points -> points.forEach((minute, value) -> hosts.merge(minute, value, Double::sum)));
    }
    List<Series> series = new ArrayList<>(balancer.series());
    series.removeIf(s -> s.metric().equals(Metrics.HEALTHY_HOSTS));
    series.add(new Series(Metrics.HEALTHY_HOSTS, "Minimum", hosts));
    return BalancerReading.of(
        balancer.balancer(), balancer.scope(), balancer.sent(), balancer.answered(), series);
  }

  private List<GroupReading> groups(BalancerReading balancer, Instant from, Instant to)
      throws AwsException, InterruptedException {
    if (!Published.by(Kind.of(balancer.scope()), Metrics.REQUESTS_PER_TARGET)) {
      return List.of();
    }
    List<MetricScope> scopes = source.targetGroups(balancer.scope(), Metrics.REQUESTS_PER_TARGET);
    List<MetricStatistic> queries =
        scopes.stream().flatMap(scope -> Metrics.ofGroup(scope).stream()).toList();
    Map<MetricStatistic, SortedMap<Instant, Double>> values =
        queries.isEmpty() ? Map.of() : source.read(queries, from, to);
    return scopes.stream()
        .map(
            scope ->
                new GroupReading(
                    balancer.balancer(),
                    Objects.requireNonNull(scope.dimensions().get("TargetGroup")),
                    Metrics.ofGroup(scope).stream().map(query -> series(query, values)).toList()))
        .toList();
  }

  private static Series series(
      MetricStatistic query, Map<MetricStatistic, SortedMap<Instant, Double>> values) {
    return new Series(
        query.metric(), query.statistic(), values.getOrDefault(query, new TreeMap<>()));
  }

  private List<TargetReading> targets(LabDescription lab, Instant from, Instant to)
      throws AwsException, InterruptedException {
    List<MetricStatistic> queries =
        lab.targets().stream().flatMap(target -> Metrics.ofTarget(target.id()).stream()).toList();
    Map<MetricStatistic, SortedMap<Instant, Double>> values =
        queries.isEmpty() ? Map.of() : source.read(queries, from.minus(CREDITS_BEFORE_RUN), to);
    return lab.targets().stream()
        .map(
            target ->
                new TargetReading(
                    target.id(),
                    ofRun(values, target, Metrics.CPU, from),
                    ofRun(values, target, Metrics.NETWORK_IN, from),
                    ofRun(values, target, Metrics.NETWORK_OUT, from),
                    points(values, target, Metrics.CREDITS)))
        .toList();
  }

  /** Minutes before the run say something of it only where there is nothing finer. */
  private static SortedMap<Instant, Double> ofRun(
      Map<MetricStatistic, SortedMap<Instant, Double>> values,
      Target target,
      String metric,
      Instant from) {
    SortedMap<Instant, Double> points = points(values, target, metric);
    SortedMap<Instant, Double> during = points.tailMap(from);
    return during.isEmpty() ? points.tailMap(from.minus(CPU_BEFORE_RUN)) : during;
  }

  private static SortedMap<Instant, Double> points(
      Map<MetricStatistic, SortedMap<Instant, Double>> values, Target target, String metric) {
    return values.getOrDefault(Metrics.ofTarget(target.id(), metric), new TreeMap<>());
  }

  private String detail(State state, List<BalancerReading> balancers) {
    String uncounted =
        balancers.stream()
            .filter(b -> !b.countsRequests())
            .map(b -> " %s counts connections, and no requests.".formatted(b.balancer()))
            .collect(Collectors.joining());
    return ofCounts(state, balancers) + uncounted;
  }

  private String ofCounts(State state, List<BalancerReading> balancers) {
    String counts = counts(balancers);
    return switch (state) {
      case SETTLED ->
          counts.isEmpty()
              ? "CloudWatch has counted no requests."
              : "CloudWatch counted what the client sent: %s.".formatted(counts);
      case MISMATCH ->
          "CloudWatch counted more than the client sent: %s. Somebody else used the balancers."
              .formatted(counts);
      default ->
          "CloudWatch had not counted everything after %d s: %s. Its figures are not settled."
              .formatted(limit.toSeconds(), counts);
    };
  }

  private static String counts(List<BalancerReading> balancers) {
    return String.join(
        ", ",
        balancers.stream()
            .filter(BalancerReading::countsRequests)
            .map(b -> "%s %,d of %,d".formatted(b.balancer(), b.requestCount(), b.sent()))
            .toList());
  }

  /** What must not change between two polls: the counters; CPU goes on changing for ever. */
  private static List<Long> counters(List<BalancerReading> balancers) {
    return balancers.stream()
        .flatMap(
            b ->
                (b.countsRequests() ? Metrics.COUNTERS : List.of(Metrics.NEW_CONNECTIONS))
                    .stream().map(b::sum))
        .toList();
  }

  private static MetricScope scope(Balancer balancer) {
    return Objects.requireNonNull(balancer.cloudwatch());
  }
}
