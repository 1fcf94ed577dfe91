package dev.leadline.bench.cloudwatch;

import dev.leadline.bench.cloudwatch.CloudWatchReading.Series;
import dev.leadline.bench.lab.Kind;
import dev.leadline.bench.lab.LabDescription.MetricScope;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * By which names a kind of load balancer publishes what an Application Load Balancer publishes. A
 * reading has the latter's names, whatever was read.
 */
public final class Published {
  private static final Map<String, String> CLASSIC = new HashMap<>();

  /** Layer 4 knows connections and bytes. */
  private static final Map<String, String> NETWORK = new HashMap<>();

  static {
    CLASSIC.put(Metrics.REQUEST_COUNT, Metrics.REQUEST_COUNT);
    CLASSIC.put(Metrics.RESPONSE_TIME, "Latency");
    CLASSIC.put(Metrics.TARGET_2XX, "HTTPCode_Backend_2XX");
    CLASSIC.put(Metrics.TARGET_3XX, "HTTPCode_Backend_3XX");
    CLASSIC.put(Metrics.TARGET_4XX, "HTTPCode_Backend_4XX");
    CLASSIC.put(Metrics.TARGET_5XX, "HTTPCode_Backend_5XX");
    CLASSIC.put(Metrics.ELB_4XX, "HTTPCode_ELB_4XX");
    CLASSIC.put(Metrics.ELB_5XX, "HTTPCode_ELB_5XX");
    CLASSIC.put(Metrics.CONNECTION_ERRORS, "BackendConnectionErrors");
    CLASSIC.put(Metrics.REJECTED_CONNECTIONS, "SpilloverCount");
    CLASSIC.put(Metrics.HEALTHY_HOSTS, Metrics.HEALTHY_HOSTS);
    NETWORK.put(Metrics.NEW_CONNECTIONS, "NewFlowCount");
    NETWORK.put(Metrics.ACTIVE_CONNECTIONS, "ActiveFlowCount");
    NETWORK.put(Metrics.PROCESSED_BYTES, Metrics.PROCESSED_BYTES);
    NETWORK.put(Metrics.HEALTHY_HOSTS, Metrics.HEALTHY_HOSTS);
    Metrics.RESETS.forEach(metric -> NETWORK.put(metric, metric));
  }

  private Published() {}

  /** Whether a kind publishes this, by whatever name. */
  public static boolean by(Kind kind, String metric) {
    return switch (kind) {
      case NETWORK -> NETWORK.containsKey(metric);
      case CLASSIC -> CLASSIC.containsKey(metric);
      case APPLICATION ->
          !metric.equals(Metrics.PROCESSING_TIME) && !Metrics.RESETS.contains(metric);
      case OTHER -> !Metrics.RESETS.contains(metric);
    };
  }

  /**
   * A statistic of a balancer.
   *
   * @param from where it is read: of several load balancers that are one in the lab, each
   */
  record Asked(Metrics.Statistic what, List<MetricStatistic> from) {
    /** Its series, put together where it comes from several. */
    Series in(Map<MetricStatistic, SortedMap<Instant, Double>> values) {
      SortedMap<Instant, Double> points = new TreeMap<>();
      SortedMap<Instant, Double> weights = new TreeMap<>();
      for (MetricStatistic query : from) {
        SortedMap<Instant, Double> own = values.getOrDefault(query, new TreeMap<>());
        switch (what.statistic()) {
          case "Sum", "SampleCount", "Minimum", "Maximum" ->
              own.forEach((minute, value) -> points.merge(minute, value, Double::sum));
          case "Average" -> {
            SortedMap<Instant, Double> counts =
                values.getOrDefault(
                    new MetricStatistic(query.scope(), query.metric(), "SampleCount"),
                    new TreeMap<>());
            own.forEach(
                (minute, value) -> {
                  double weight = counts.getOrDefault(minute, 1.0);
                  points.merge(minute, value * weight, Double::sum);
                  weights.merge(minute, weight, Double::sum);
                });
          }
          // Percentiles cannot be added: the slowest one's.
          default -> own.forEach((minute, value) -> points.merge(minute, value, Math::max));
        }
      }
      weights.forEach(
          (minute, weight) -> points.computeIfPresent(minute, (same, sum) -> sum / weight));
      return new Series(what.metric(), what.statistic(), points);
    }
  }

  /** Everything that is asked of a balancer. */
  static List<Asked> of(MetricScope scope) {
    List<Asked> asked = new ArrayList<>();
    for (Metrics.Statistic what : Metrics.ofBalancer()) {
      if (by(Kind.of(scope), what.metric())) {
        asked.add(new Asked(what, from(scope, what)));
      }
    }
    return asked;
  }

  /** Where requests of a minute are counted; nowhere for what does not count them. */
  static List<MetricStatistic> requestCount(MetricScope scope) {
    return Kind.of(scope).countsRequests()
        ? from(scope, new Metrics.Statistic(Metrics.REQUEST_COUNT, "Sum"))
        : List.of();
  }

  private static List<MetricStatistic> from(MetricScope scope, Metrics.Statistic what) {
    Kind kind = Kind.of(scope);
    String name =
        switch (kind) {
          case NETWORK -> Objects.requireNonNull(NETWORK.get(what.metric()));
          case CLASSIC -> Objects.requireNonNull(CLASSIC.get(what.metric()));
          default -> what.metric();
        };
    // Flows that are open are published as what they were at one moment, and not as a count.
    String statistic = name.equals("ActiveFlowCount") ? "Maximum" : what.statistic();
    return scope.parts().stream().map(part -> new MetricStatistic(part, name, statistic)).toList();
  }
}
