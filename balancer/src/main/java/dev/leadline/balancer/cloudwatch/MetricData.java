package dev.leadline.balancer.cloudwatch;

import dev.leadline.balancer.cloudwatch.Window.GroupFigures;
import dev.leadline.balancer.observe.GroupMeter.Counts;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
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
 * reads "no data" as zero. Response times go out as values with counts, so that CloudWatch can
 * answer percentiles.
 */
final class MetricData {

  /** Most distinct values CloudWatch takes in one datum. */
  static final int MAX_VALUES = 150;

  private final List<Dimension> dimensions;

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
    for (GroupFigures figures : window.groups()) {
      List<Dimension> withGroup = new ArrayList<>(dimensions);
      withGroup.add(dimension("TargetGroup", figures.group()));
      addSet(data, window.start(), withGroup, List.of(figures));
    }
    return data;
  }

  private static void addSet(
      List<MetricDatum> data, Instant time, List<Dimension> under, List<GroupFigures> groups) {
    MetricDatum template = MetricDatum.builder().dimensions(under).timestamp(time).build();
    addCount(data, template, "RequestCount", groups, Counts::requests);
    for (int digit = 2; digit <= 5; digit++) {
      int status = digit;
      addCount(
          data,
          template,
          "HTTPCode_Target_" + digit + "XX_Count",
          groups,
          counts -> counts.targetResponses()[status]);
    }
    addCount(data, template, "HTTPCode_ELB_5XX_Count", groups, Counts::balancerErrors);
    addCount(data, template, "TargetConnectionErrorCount", groups, Counts::connectionErrors);
    addGauge(
        data, template, "HealthyHostCount", groups.stream().mapToInt(GroupFigures::healthy).sum());
    addGauge(
        data,
        template,
        "UnHealthyHostCount",
        groups.stream().mapToInt(GroupFigures::unhealthy).sum());
    addResponseTimes(data, template, groups);
  }

  private static void addCount(
      List<MetricDatum> data,
      MetricDatum template,
      String name,
      List<GroupFigures> groups,
      ToLongFunction<Counts> count) {
    long moved = 0;
    for (GroupFigures group : groups) {
      moved += count.applyAsLong(group.now()) - count.applyAsLong(group.before());
    }
    if (moved > 0) {
      data.add(datum(template, name, StandardUnit.COUNT).value((double) moved).build());
    }
  }

  private static void addGauge(
      List<MetricDatum> data, MetricDatum template, String name, int value) {
    data.add(datum(template, name, StandardUnit.COUNT).value((double) value).build());
  }

  private static void addResponseTimes(
      List<MetricDatum> data, MetricDatum template, List<GroupFigures> groups) {
    Histogram all = new Histogram(groups.isEmpty() ? 2 : digits(groups));
    groups.forEach(group -> all.add(group.responseMicros()));
    List<Double> seconds = new ArrayList<>();
    List<Double> counts = new ArrayList<>();
    for (HistogramIterationValue value : all.recordedValues()) {
      seconds.add(all.medianEquivalentValue(value.getValueIteratedTo()) / 1e6);
      counts.add((double) value.getCountAddedInThisIterationStep());
    }
    for (int from = 0; from < seconds.size(); from += MAX_VALUES) {
      int to = Math.min(from + MAX_VALUES, seconds.size());
      data.add(
          datum(template, "TargetResponseTime", StandardUnit.SECONDS)
              .values(seconds.subList(from, to))
              .counts(counts.subList(from, to))
              .build());
    }
  }

  private static int digits(List<GroupFigures> groups) {
    return groups.get(0).responseMicros().getNumberOfSignificantValueDigits();
  }

  private static MetricDatum.Builder datum(MetricDatum template, String name, StandardUnit unit) {
    return template.toBuilder().metricName(name).unit(unit);
  }
}
