package dev.leadline.infra;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.services.cloudwatch.IMetric;
import software.amazon.awscdk.services.cloudwatch.MathExpression;
import software.amazon.awscdk.services.cloudwatch.Metric;

/**
 * One balancer's figures in CloudWatch. Both balancers have the same names (docs/lab.md), so that
 * one widget and one kind of alarm serve both.
 *
 * @param id a small word, unlike the other balancer's
 * @param title for people
 * @param color of its lines
 * @param dimensions of the balancer's own figures
 * @param groups the dimensions of each cluster's target group, by the cluster's name
 */
record BalancerMetrics(
    String id,
    String title,
    String color,
    String namespace,
    Map<String, String> dimensions,
    Map<String, Map<String, String>> groups) {

  static final String REQUESTS = "RequestCount";
  static final String RESPONSE_TIME = "TargetResponseTime";
  static final String TARGET_ERRORS = "HTTPCode_Target_5XX_Count";
  static final String OWN_ERRORS = "HTTPCode_ELB_5XX_Count";
  static final String CONNECTION_ERRORS = "TargetConnectionErrorCount";
  static final String HEALTHY = "HealthyHostCount";
  static final String UNHEALTHY = "UnHealthyHostCount";

  /** A figure of the balancer's. */
  IMetric metric(String name, String statistic, Duration period) {
    return metric(dimensions, name, statistic, period, title);
  }

  /** A figure of one cluster's target group. */
  IMetric ofGroup(String cluster, String name, String statistic, Duration period) {
    Map<String, String> of = groups.getOrDefault(cluster, Map.of());
    return metric(of, name, statistic, period, title + " " + cluster);
  }

  /**
   * How many targets of all clusters are in a state. Added up from the groups: an ALB has no such
   * figure of its own.
   */
  IMetric targets(String name, Duration period) {
    Map<String, IMetric> parts = new TreeMap<>();
    List<String> ids = new ArrayList<>();
    for (String cluster : groups.keySet()) {
      String part = id + ids.size();
      ids.add(part);
      parts.put(part, ofGroup(cluster, name, "Maximum", period));
    }
    return expression("SUM([%s])".formatted(String.join(", ", ids)), parts, period);
  }

  /**
   * Percent of the requests that end in 5xx, the balancer's own included; 0 where there are fewer
   * than {@code least} in a period. An ALB does not count a request for which it found no target:
   * then the errors are the requests.
   */
  IMetric errorPercent(int least, Duration period) {
    IMetric errors =
        expression(
            "FILL(target, 0) + FILL(own, 0)",
            Map.of(
                "target", metric(TARGET_ERRORS, "Sum", period),
                "own", metric(OWN_ERRORS, "Sum", period)),
            period);
    IMetric all =
        expression(
            "IF(FILL(counted, 0) > errors, FILL(counted, 0), errors)",
            Map.of("counted", metric(REQUESTS, "Sum", period), "errors", errors),
            period);
    return expression(
        "IF(all >= %d, 100 * errors / all, 0)".formatted(least),
        Map.of("all", all, "errors", errors),
        period);
  }

  private IMetric expression(String text, Map<String, IMetric> parts, Duration period) {
    return MathExpression.Builder.create()
        .expression(text)
        .usingMetrics(new TreeMap<>(parts)) // a template must be the same every time
        .label(title)
        .color(color)
        .period(period)
        .build();
  }

  private IMetric metric(
      Map<String, String> of, String name, String statistic, Duration period, String label) {
    return Metric.Builder.create()
        .namespace(namespace)
        .metricName(name)
        .dimensionsMap(of)
        .statistic(statistic)
        .period(period)
        .label(label)
        .color(color)
        .build();
  }
}
