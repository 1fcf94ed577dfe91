package dev.leadline.infra;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.services.cloudwatch.IMetric;
import software.amazon.awscdk.services.cloudwatch.MathExpression;
import software.amazon.awscdk.services.cloudwatch.Metric;

/**
 * One balancer's figures in CloudWatch (docs/lab.md), so that one widget and one kind of alarm
 * serve all kinds.
 *
 * @param id a small word, unlike the other balancers'
 * @param title for people
 * @param color of its lines
 * @param names what its figures are called
 * @param dimensions of the balancer's own figures
 * @param groups the dimensions of each cluster's targets, by the cluster's name
 */
record BalancerMetrics(
    String id,
    String title,
    String color,
    Names names,
    String namespace,
    Map<String, String> dimensions,
    Map<String, Map<String, String>> groups) {

  /** A figure that balancers have, under one name or another. */
  enum Figure {
    REQUESTS("RequestCount", "RequestCount"),
    RESPONSE_TIME("TargetResponseTime", "Latency"),
    TARGET_ERRORS("HTTPCode_Target_5XX_Count", "HTTPCode_Backend_5XX"),
    OWN_ERRORS("HTTPCode_ELB_5XX_Count", "HTTPCode_ELB_5XX"),
    CONNECTION_ERRORS("TargetConnectionErrorCount", "BackendConnectionErrors"),
    HEALTHY("HealthyHostCount", "HealthyHostCount"),
    UNHEALTHY("UnHealthyHostCount", "UnHealthyHostCount");

    private final String application;
    private final String classic;

    Figure(String application, String classic) {
      this.application = application;
      this.classic = classic;
    }
  }

  /** Whose names the figures have. */
  enum Names {
    /** The Application Load Balancer's, which Leadline uses too. */
    APPLICATION,
    /** The Network Load Balancer's: it counts targets and connections, and no requests. */
    NETWORK,
    /** The Classic Load Balancer's. */
    CLASSIC
  }

  /** Whether it counts requests at all. */
  boolean countsRequests() {
    return names != Names.NETWORK;
  }

  /** A figure of the balancer's. */
  IMetric metric(Figure figure, String statistic, Duration period) {
    return metric(dimensions, name(figure), statistic, period, title);
  }

  /** A figure that only this kind has, by its name in CloudWatch. */
  IMetric ofItsOwn(String name, String statistic, Duration period) {
    return metric(dimensions, name, statistic, period, title);
  }

  /** A figure of one cluster's targets. */
  IMetric ofGroup(String cluster, Figure figure, String statistic, Duration period) {
    Map<String, String> of = groups.getOrDefault(cluster, Map.of());
    String label = names == Names.CLASSIC ? title : title + " " + cluster;
    return metric(of, name(figure), statistic, period, label);
  }

  /**
   * How many targets of all clusters are in a state. Added up from the groups: an ALB has no such
   * figure of its own.
   *
   * @return null where the targets are all another balancer's of the kind, too
   */
  @Nullable IMetric targets(Figure figure, Duration period) {
    if (groups.isEmpty()) {
      return null;
    }
    Map<String, IMetric> parts = new TreeMap<>();
    List<String> ids = new ArrayList<>();
    for (String cluster : groups.keySet()) {
      String part = id.replace('-', '_') + ids.size();
      ids.add(part);
      parts.put(part, ofGroup(cluster, figure, "Maximum", period));
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
                "target", metric(Figure.TARGET_ERRORS, "Sum", period),
                "own", metric(Figure.OWN_ERRORS, "Sum", period)),
            period);
    IMetric all =
        expression(
            "IF(FILL(counted, 0) > errors, FILL(counted, 0), errors)",
            Map.of("counted", metric(Figure.REQUESTS, "Sum", period), "errors", errors),
            period);
    return expression(
        "IF(all >= %d, 100 * errors / all, 0)".formatted(least),
        Map.of("all", all, "errors", errors),
        period);
  }

  private String name(Figure figure) {
    return names == Names.CLASSIC ? figure.classic : figure.application;
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
