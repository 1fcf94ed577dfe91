package dev.leadline.infra;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What lab/ needs of the template and no resource has: paths by cluster, the policy, the work of a
 * request, the kinds of load balancer, the sizes of groups, the ranges that may reach the lab, the
 * address that gets its alarms, and when it stops itself. It stands at the top level of the
 * template, under {@code Metadata}.
 */
final class LabMetadata {
  static final String KEY = "Leadline";

  private LabMetadata() {}

  /** The value of {@link #KEY}; without what is not set. */
  static Map<String, Object> of(Settings settings) {
    Topology topology = settings.topology();
    Map<String, String> paths = new LinkedHashMap<>();
    topology.clusters().forEach(cluster -> paths.put(cluster.name(), cluster.path()));
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("paths", paths);
    if (topology.mixed()) {
      metadata.put("mixedPath", Topology.MIXED_PATH);
    }
    metadata.put("policy", topology.balancer().policy());
    metadata.put("autoStopMinutes", settings.autoStopMinutes());
    metadata.put("workMillis", settings.workMillis());
    topology.balancer().scaling().ifPresent(it -> metadata.put("balancerGroup", size(it)));
    Map<String, Object> groups = new LinkedHashMap<>();
    Map<String, Integer> tasks = new LinkedHashMap<>();
    for (Topology.Cluster cluster : topology.clusters()) {
      cluster.scaling().ifPresent(it -> groups.put(cluster.name(), size(it)));
      if (cluster.tasks() > 1) {
        tasks.put(cluster.name(), cluster.tasks());
      }
    }
    if (!groups.isEmpty()) {
      metadata.put("clusterGroups", groups);
    }
    if (!tasks.isEmpty()) {
      metadata.put("tasksPerInstance", tasks);
    }
    if (!settings.compared().equals(BalancerKind.DEFAULT)) {
      metadata.put(BalancerKind.KEY, settings.compared().stream().map(BalancerKind::id).toList());
    }
    if (!settings.allowedCidrs().isEmpty()) {
      metadata.put("allowedCidr", String.join(",", settings.allowedCidrs()));
    }
    settings.watching().alarmEmail().ifPresent(address -> metadata.put("alarmEmail", address));
    return metadata;
  }

  private static Map<String, Object> size(Scaling scaling) {
    Map<String, Object> size = new LinkedHashMap<>();
    size.put("min", scaling.min());
    size.put("max", scaling.max());
    return size;
  }
}
