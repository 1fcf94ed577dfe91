package dev.leadline.infra;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import software.amazon.awscdk.services.ec2.Instance;

/**
 * A measured path and who answers it: what a load balancer without rules needs one listener, or one
 * of its kind, for.
 *
 * @param id the cluster's name, or {@value #MIXED}
 * @param targets those that stay
 * @param groups those that come and go
 * @param ofOneCluster whether only that cluster's instances answer
 */
record ServedPath(
    String id, String path, List<TargetPort> targets, List<LabGroup> groups, boolean ofOneCluster) {
  static final String MIXED = "mixed";

  /** All of a lab's, in the order of {@link Topology#paths()}. */
  static List<ServedPath> of(Topology topology, Fleet fleet) {
    List<ServedPath> all = new ArrayList<>();
    List<TargetPort> everyTarget = new ArrayList<>();
    for (Topology.Cluster cluster : topology.clusters()) {
      List<TargetPort> targets = fleet.targets(cluster);
      List<LabGroup> groups = Optional.ofNullable(fleet.groups().get(cluster)).stream().toList();
      all.add(new ServedPath(cluster.name(), cluster.path(), targets, groups, true));
      everyTarget.addAll(targets);
    }
    if (topology.mixed()) {
      all.add(
          new ServedPath(
              MIXED,
              Topology.MIXED_PATH,
              everyTarget,
              List.copyOf(fleet.groups().values()),
              false));
    }
    return all;
  }

  /** The instances that stay, for a load balancer that has one port of each. */
  List<Instance> instances() {
    return targets.stream().map(TargetPort::instance).distinct().toList();
  }
}
