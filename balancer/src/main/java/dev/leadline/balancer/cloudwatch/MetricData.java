package dev.leadline.balancer.cloudwatch;

import dev.leadline.balancer.cloudwatch.Window.GroupFigures;
import dev.leadline.balancer.observe.BalancerSnapshot;
import dev.leadline.balancer.observe.GroupSnapshot;
import dev.leadline.balancer.observe.Metric;
import dev.leadline.balancer.observe.Metrics;
import dev.leadline.balancer.observe.WindowTimes;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;
import software.amazon.awssdk.services.cloudwatch.model.Dimension;
import software.amazon.awssdk.services.cloudwatch.model.MetricDatum;
import software.amazon.awssdk.services.cloudwatch.model.StandardUnit;

/**
 * Turns windows into metric data, under the names an Application Load Balancer uses: one set for
 * the balancer, and one more for each target group with the dimension {@code TargetGroup}.
 *
 * <p>A counter that did not move is not published, as on an Application Load Balancer: CloudWatch
 * reads "no data" as zero. Times go out as values with counts, so that CloudWatch can answer
 * percentiles. For the balancer a target counts once, in however many groups it is. Open
 * connections are published once a minute, because there too it is their sum that is read. Not
 * thread-safe.
 */
final class MetricData {

  /** Most distinct values CloudWatch takes in one datum. */
  static final int MAX_VALUES = 150;

  private static final Metric<GroupSnapshot> REQUESTS = ofGroups("RequestCount");
  private static final Metric<GroupSnapshot> HEALTHY = ofGroups("HealthyHostCount");

  private final List<Dimension> dimensions;
  private Instant minuteOfGauges = Instant.MIN;

  MetricData(Map<String, String> dimensions) {
    this.dimensions =
        dimensions.entrySet().stream().map(e -> dimension(e.getKey(), e.getValue())).toList();
  }

  private static Dimension dimension(String name, String value) {
    return Dimension.builder().name(name).value(value).build();
  }

  List<MetricDatum> of(Window window) {
    List<MetricDatum> data = new ArrayList<>();
    addSet(data, window.start(), dimensions, window.groups());
    addBalancer(data, window);
    for (GroupFigures figures : window.groups()) {
      List<Dimension> withGroup = new ArrayList<>(dimensions);
      withGroup.add(dimension("TargetGroup", figures.now().name()));
      addSet(data, window.start(), withGroup, List.of(figures));
      addPerTarget(data, template(window.start(), withGroup), figures);
    }
    return data;
  }

  private void addBalancer(List<MetricDatum> data, Window window) {
    MetricDatum template = template(window.start(), dimensions);
    Instant minute = window.start().truncatedTo(ChronoUnit.MINUTES);
    boolean firstOfMinute = !minute.equals(minuteOfGauges);
    minuteOfGauges = minute;
    for (Metric<BalancerSnapshot> metric : Metrics.BALANCER.metrics()) {
      Optional<String> name = metric.names().cloudWatch();
      double value = window.value(metric);
      if (name.isPresent() && (metric.type() == Metric.Type.COUNTER ? value > 0 : firstOfMinute)) {
        data.add(datum(template, name.get(), unit(metric)).value(value).build());
      }
    }
  }

  private static MetricDatum template(Instant time, List<Dimension> under) {
    return MetricDatum.builder().dimensions(under).timestamp(time).build();
  }

  private static void addPerTarget(
      List<MetricDatum> data, MetricDatum template, GroupFigures figures) {
    double requests = figures.value(REQUESTS);
    if (requests > 0) {
      double each = requests / Math.max(figures.value(HEALTHY), 1);
      data.add(
          datum(template, Metrics.REQUESTS_PER_TARGET, StandardUnit.COUNT).value(each).build());
    }
  }

  private static Metric<GroupSnapshot> ofGroups(String name) {
    return Metrics.GROUP.metrics().stream()
        .filter(it -> it.names().cloudWatch().equals(Optional.of(name)))
        .findFirst()
        .orElseThrow();
  }

  private static void addSet(
      List<MetricDatum> data, Instant time, List<Dimension> under, List<GroupFigures> groups) {
    MetricDatum template = template(time, under);
    Optional<GroupSnapshot> union =
        groups.stream().map(GroupFigures::now).reduce(GroupSnapshot::union);
    for (Metric<GroupSnapshot> metric : Metrics.GROUP.metrics()) {
      Optional<String> name = metric.names().cloudWatch();
      double value =
          metric.type() == Metric.Type.COUNTER
              ? groups.stream().mapToDouble(group -> group.value(metric)).sum()
              : union.map(metric::inSeconds).orElse(0.0);
      if (name.isPresent() && (value > 0 || metric.type() != Metric.Type.COUNTER)) {
        data.add(datum(template, name.get(), unit(metric)).value(value).build());
      }
    }
    WindowTimes times = new WindowTimes();
    groups.forEach(group -> times.add(group.times()));
    addTimes(data, datum(template, Metrics.RESPONSE_TIME, StandardUnit.SECONDS), times.response());
    addTimes(
        data, datum(template, Metrics.PROCESSING_TIME, StandardUnit.SECONDS), times.processing());
  }

  private static StandardUnit unit(Metric<?> metric) {
    return switch (metric.unit()) {
      case NANOS -> StandardUnit.SECONDS;
      case BYTES -> StandardUnit.BYTES;
      default -> StandardUnit.COUNT;
    };
  }

  private static void addTimes(List<MetricDatum> data, MetricDatum.Builder datum, Histogram all) {
    List<Double> seconds = new ArrayList<>();
    List<Double> counts = new ArrayList<>();
    for (HistogramIterationValue value : all.recordedValues()) {
      seconds.add(all.medianEquivalentValue(value.getValueIteratedTo()) / 1e6);
      counts.add((double) value.getCountAddedInThisIterationStep());
    }
    for (int from = 0; from < seconds.size(); from += MAX_VALUES) {
      int to = Math.min(from + MAX_VALUES, seconds.size());
      data.add(datum.values(seconds.subList(from, to)).counts(counts.subList(from, to)).build());
    }
  }

  private static MetricDatum.Builder datum(MetricDatum template, String name, StandardUnit unit) {
    return template.toBuilder().metricName(name).unit(unit);
  }
}
