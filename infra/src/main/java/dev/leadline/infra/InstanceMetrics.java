package dev.leadline.infra;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.services.cloudwatch.IMetric;
import software.amazon.awscdk.services.cloudwatch.Metric;
import software.amazon.awscdk.services.ec2.Instance;

/**
 * Figures in CloudWatch of one instance, or of an Auto Scaling group's, which come and go: on
 * average.
 *
 * @param cluster its cluster's name; empty on the balancer
 * @param name for people, as in its tag without the project's name
 * @param dimensions whose they are
 */
record InstanceMetrics(String cluster, String name, String type, Map<String, String> dimensions) {
  private static final String GROUP = "AutoScalingGroupName";

  /** How often EC2 publishes CPU credits, with detailed monitoring or without. */
  private static final Duration CREDITS = Duration.minutes(5);

  static InstanceMetrics ofInstance(String cluster, String name, String type, String id) {
    return new InstanceMetrics(cluster, name, type, Map.of("InstanceId", id));
  }

  static InstanceMetrics ofGroup(String cluster, String name, String type, String group) {
    return new InstanceMetrics(cluster, name, type, Map.of(GROUP, group));
  }

  /** Every instance of a lab, the targets in the order of their numbers, the balancer last. */
  static List<InstanceMetrics> of(Fleet fleet, OwnBalancer balancer) {
    List<InstanceMetrics> all = new ArrayList<>();
    int number = 0;
    for (Map.Entry<Topology.Cluster, List<Instance>> entry : fleet.instances().entrySet()) {
      Topology.Cluster cluster = entry.getKey();
      String type = cluster.instanceType();
      for (Instance instance : entry.getValue()) {
        String name = "%s-%d".formatted(cluster.name(), ++number);
        all.add(ofInstance(cluster.name(), name, type, instance.getInstanceId()));
      }
      LabGroup group = fleet.groups().get(cluster);
      if (group != null) {
        all.add(ofGroup(cluster.name(), cluster.name(), type, group.name()));
      }
    }
    all.add(balancer.host());
    return List.copyOf(all);
  }

  boolean isGroup() {
    return dimensions.containsKey(GROUP);
  }

  /** EC2 publishes credits by instance only. */
  boolean hasCredits() {
    return InstanceTypes.isBurstable(type) && !isGroup();
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
        .dimensionsMap(dimensions)
        .statistic(statistic)
        .period(period)
        .label("%s (%s)".formatted(name, type))
        .build();
  }
}
