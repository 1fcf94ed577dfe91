package dev.leadline.bench.cloudwatch;

import dev.leadline.bench.lab.LabDescription.MetricScope;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The metrics a run asks for, by the names the Application Load Balancer gave them. */
public final class Metrics {
  public static final String REQUEST_COUNT = "RequestCount";
  public static final String TARGET_2XX = "HTTPCode_Target_2XX_Count";
  public static final String TARGET_3XX = "HTTPCode_Target_3XX_Count";
  public static final String TARGET_4XX = "HTTPCode_Target_4XX_Count";
  public static final String TARGET_5XX = "HTTPCode_Target_5XX_Count";
  public static final String ELB_3XX = "HTTPCode_ELB_3XX_Count";
  public static final String ELB_4XX = "HTTPCode_ELB_4XX_Count";
  public static final String ELB_5XX = "HTTPCode_ELB_5XX_Count";
  public static final String CONNECTION_ERRORS = "TargetConnectionErrorCount";
  public static final String REJECTED_CONNECTIONS = "RejectedConnectionCount";
  public static final String NEW_CONNECTIONS = "NewConnectionCount";

  /** Open connections, of clients and to targets: published once a minute, and read as a sum. */
  public static final String ACTIVE_CONNECTIONS = "ActiveConnectionCount";

  /** In bytes: to and from clients. */
  public static final String PROCESSED_BYTES = "ProcessedBytes";

  /** Of target groups only: requests over healthy targets, read as a sum. */
  public static final String REQUESTS_PER_TARGET = "RequestCountPerTarget";

  /** In seconds: from sending a request to a target to the first byte of its answer. */
  public static final String RESPONSE_TIME = "TargetResponseTime";

  /** In seconds: from the arrival of a request until it is sent to a target. Leadline's alone. */
  public static final String PROCESSING_TIME = "RequestProcessingTime";

  /** Connections that were reset, by who did it. Network Load Balancers alone publish them. */
  public static final List<String> RESETS =
      List.of("TCP_Client_Reset_Count", "TCP_Target_Reset_Count", "TCP_ELB_Reset_Count");

  public static final String HEALTHY_HOSTS = "HealthyHostCount";
  public static final String CPU = "CPUUtilization";

  /** In bytes. */
  public static final String NETWORK_IN = "NetworkIn";

  /** In bytes. */
  public static final String NETWORK_OUT = "NetworkOut";

  /** What a burstable instance has left; a credit is one vCPU at full load for a minute. */
  public static final String CREDITS = "CPUCreditBalance";

  /** Metrics of which the sum is asked for. */
  public static final List<String> COUNTERS =
      List.of(
          REQUEST_COUNT,
          TARGET_2XX,
          TARGET_3XX,
          TARGET_4XX,
          TARGET_5XX,
          ELB_3XX,
          ELB_4XX,
          ELB_5XX,
          CONNECTION_ERRORS,
          REJECTED_CONNECTIONS);

  /** The counters of which one counts each answer. */
  static final List<String> ANSWERS =
      List.of(TARGET_2XX, TARGET_3XX, TARGET_4XX, TARGET_5XX, ELB_3XX, ELB_4XX, ELB_5XX);

  private static final List<String> TIME_STATISTICS =
      List.of("Average", "SampleCount", "p50", "p90", "p99");

  private static final List<String> TRAFFIC =
      List.of(NEW_CONNECTIONS, ACTIVE_CONNECTIONS, PROCESSED_BYTES);

  private Metrics() {}

  /** What is asked of a balancer. {@link Published} knows where to ask for it. */
  static List<Statistic> ofBalancer() {
    List<Statistic> asked = new ArrayList<>();
    for (String counter : COUNTERS) {
      asked.add(new Statistic(counter, "Sum"));
    }
    for (String time : List.of(RESPONSE_TIME, PROCESSING_TIME)) {
      for (String statistic : TIME_STATISTICS) {
        asked.add(new Statistic(time, statistic));
      }
    }
    asked.add(new Statistic(HEALTHY_HOSTS, "Minimum"));
    Stream.of(TRAFFIC, RESETS)
        .flatMap(List::stream)
        .forEach(counter -> asked.add(new Statistic(counter, "Sum")));
    return asked;
  }

  /** A metric by the Application Load Balancer's name, and one of its statistics. */
  record Statistic(String metric, String statistic) {}

  /** Of the target group that the scope names. */
  static List<MetricStatistic> ofGroup(MetricScope scope) {
    return List.of(
        new MetricStatistic(scope, REQUEST_COUNT, "Sum"),
        new MetricStatistic(scope, REQUESTS_PER_TARGET, "Sum"),
        new MetricStatistic(scope, RESPONSE_TIME, "p99"),
        new MetricStatistic(scope, HEALTHY_HOSTS, "Minimum"));
  }

  static List<MetricStatistic> ofTarget(String instanceId) {
    return List.of(
        ofTarget(instanceId, CPU),
        ofTarget(instanceId, NETWORK_IN),
        ofTarget(instanceId, NETWORK_OUT),
        ofTarget(instanceId, CREDITS));
  }

  /** Bytes are counts, and everything else is the mean of a minute. */
  static MetricStatistic ofTarget(String instanceId, String metric) {
    boolean bytes = metric.equals(NETWORK_IN) || metric.equals(NETWORK_OUT);
    return new MetricStatistic(
        new MetricScope("AWS/EC2", Map.of("InstanceId", instanceId)),
        metric,
        bytes ? "Sum" : "Average");
  }
}
