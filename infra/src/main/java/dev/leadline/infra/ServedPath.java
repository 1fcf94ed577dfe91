package dev.leadline.infra;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import software.amazon.awscdk.services.ec2.Instance;

/**
 * A measured path and the instances that answer it: what a load balancer without rules needs one
 * listener, or one of its kind, for.
 *
 * @param id the cluster's name, or {@value #MIXED}
 * @param ofOneCluster whether only that cluster's instances answer
 */
record ServedPath(String id, String path, List<Instance> members, boolean ofOneCluster) {
  private static final String MIXED = "mixed";

  /** All of a lab's, in the order of {@link Topology#paths()}. */
  static List<ServedPath> of(Topology topology, Fleet fleet) {
    List<ServedPath> all = new ArrayList<>();
    List<Instance> everyInstance = new ArrayList<>();
    for (Map.Entry<Topology.Cluster, List<Instance>> entry : fleet.instances().entrySet()) {
      Topology.Cluster cluster = entry.getKey();
      all.add(new ServedPath(cluster.name(), cluster.path(), entry.getValue(), true));
      everyInstance.addAll(entry.getValue());
    }
    if (topology.mixed()) {
      all.add(new ServedPath(MIXED, Topology.MIXED_PATH, everyInstance, false));
    }
    return all;
  }
}
