package dev.leadline.infra;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.services.cloudwatch.IMetric;
import software.amazon.awscdk.services.cloudwatch.Metric;
import software.amazon.awscdk.services.ec2.Instance;

/**
 * One instance's figures in CloudWatch.
 *
 * @param cluster its cluster's name; empty on the balancer
 * @param name for people, as in its tag without the project's name
 */
record InstanceMetrics(String cluster, String name, String type, String instanceId) {
  /** How often EC2 publishes CPU credits, with detailed monitoring or without. */
  private static final Duration CREDITS = Duration.minutes(5);

  /** Every instance of a lab, the targets in the order of their numbers, the balancer last. */
  static List<InstanceMetrics> of(Settings settings, Fleet fleet, BalancerHost balancer) {
    List<InstanceMetrics> all = new ArrayList<>();
    for (Map.Entry<Topology.Cluster, List<Instance>> entry : fleet.instances().entrySet()) {
      Topology.Cluster cluster = entry.getKey();
      for (Instance instance : entry.getValue()) {
        all.add(
            new InstanceMetrics(
                cluster.name(),
                "%s-%d".formatted(cluster.name(), all.size() + 1),
                cluster.instanceType(),
                instance.getInstanceId()));
      }
    }
    String type = settings.topology().balancer().instanceType();
    all.add(new InstanceMetrics("", "balancer", type, balancer.instanceId()));
    return List.copyOf(all);
  }

  boolean hasCredits() {
    return InstanceTypes.isBurstable(type);
  }

  IMetric cpu(Duration period) {
    return metric("CPUUtilization", "Average", period);
  }

  IMetric credits() {
    return metric("CPUCreditBalance", "Minimum", CREDITS);
  }

  private IMetric metric(String metric, String statistic, Duration period) {
    return Metric.Builder.create()
        .namespace("AWS/EC2")
        .metricName(metric)
        .dimensionsMap(Map.of("InstanceId", instanceId))
        .statistic(statistic)
        .period(period)
        .label("%s (%s)".formatted(name, type))
        .build();
  }
}
