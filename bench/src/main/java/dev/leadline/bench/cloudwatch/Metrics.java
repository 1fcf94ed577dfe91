package dev.leadline.bench.cloudwatch;

import dev.leadline.bench.lab.LabDescription.MetricScope;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The metrics a run asks for, by the names the Application Load Balancer gave them. */
public final class Metrics {
  public static final String REQUEST_COUNT = "RequestCount";
  public static final String TARGET_2XX = "HTTPCode_Target_2XX_Count";
  public static final String TARGET_3XX = "HTTPCode_Target_3XX_Count";
  public static final String TARGET_4XX = "HTTPCode_Target_4XX_Count";
  public static final String TARGET_5XX = "HTTPCode_Target_5XX_Count";
  public static final String ELB_5XX = "HTTPCode_ELB_5XX_Count";
  public static final String CONNECTION_ERRORS = "TargetConnectionErrorCount";

  /** In seconds. */
  public static final String RESPONSE_TIME = "TargetResponseTime";

  public static final String HEALTHY_HOSTS = "HealthyHostCount";
  public static final String CPU = "CPUUtilization";

  /** Metrics of which the sum is asked for. */
  public static final List<String> COUNTERS =
      List.of(
          REQUEST_COUNT,
          TARGET_2XX,
          TARGET_3XX,
          TARGET_4XX,
          TARGET_5XX,
          ELB_5XX,
          CONNECTION_ERRORS);

  /** The counters of which one counts each answer. */
  static final List<String> ANSWERS =
      List.of(TARGET_2XX, TARGET_3XX, TARGET_4XX, TARGET_5XX, ELB_5XX);

  private static final List<String> RESPONSE_TIME_STATISTICS =
      List.of("Average", "SampleCount", "p50", "p90", "p99");

  private Metrics() {}

  static List<MetricStatistic> ofBalancer(MetricScope scope) {
    List<MetricStatistic> queries = new ArrayList<>();
    for (String counter : COUNTERS) {
      queries.add(new MetricStatistic(scope, counter, "Sum"));
    }
    for (String statistic : RESPONSE_TIME_STATISTICS) {
      queries.add(new MetricStatistic(scope, RESPONSE_TIME, statistic));
    }
    queries.add(new MetricStatistic(scope, HEALTHY_HOSTS, "Minimum"));
    return queries;
  }

  static MetricStatistic requestCount(MetricScope scope) {
    return new MetricStatistic(scope, REQUEST_COUNT, "Sum");
  }

  static MetricStatistic cpu(String instanceId) {
    return new MetricStatistic(
        new MetricScope("AWS/EC2", Map.of("InstanceId", instanceId)), CPU, "Average");
  }
}
