package dev.leadline.infra;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import software.amazon.awscdk.services.ec2.Instance;
import software.amazon.awscdk.services.ec2.UserData;
import software.amazon.awscdk.services.iam.IInstanceProfile;
import software.constructs.Construct;

/**
 * The targets: every cluster's instances, numbered on from cluster to cluster, or its group. One
 * that our own balancer shares is made by {@link BalancerHost}, because its script has the others'
 * addresses.
 */
final class Fleet extends Construct {
  private final Map<Topology.Cluster, List<Instance>> instances = new LinkedHashMap<>();
  private final Map<Topology.Cluster, LabGroup> groups = new LinkedHashMap<>();

  Fleet(Construct scope, String id, Settings settings, Network network) {
    super(scope, id);
    IInstanceProfile instanceProfile = settings.profile().instanceProfile(this);
    int number = 0;
    for (Topology.Cluster cluster : settings.topology().clusters()) {
      List<Instance> members = new ArrayList<>();
      for (int i = 0; i < cluster.count(); i++) {
        number++;
        if (settings.topology().hostsBalancer(cluster) && i == cluster.count() - 1) {
          continue;
        }
        String name = cluster.name() + "-" + number;
        members.add(
            new LabInstance(
                this,
                name,
                "leadline-" + name,
                cluster.instanceType(),
                settings,
                network,
                network.subnet(number),
                network.targetGroup(),
                instanceProfile,
                userData(
                    settings,
                    cluster,
                    Integer.toString(number),
                    settings.profile().platformFiles(settings.os())),
                tags(cluster, number)));
      }
      instances.put(cluster, members);
      cluster
          .scaling()
          .ifPresent(
              it -> groups.put(cluster, group(cluster, it, settings, network, instanceProfile)));
    }
  }

  /** Health is EC2's alone: a target that is slow in a burst is measured, and not replaced. */
  private LabGroup group(
      Topology.Cluster cluster,
      Scaling scaling,
      Settings settings,
      Network network,
      IInstanceProfile instanceProfile) {
    return new LabGroup(
        this,
        cluster.name(),
        "leadline-" + cluster.name(),
        cluster.instanceType(),
        scaling,
        settings,
        network,
        network.targetGroup(),
        instanceProfile,
        userData(
            settings,
            cluster,
            AppFiles.NO_NUMBER,
            settings.profile().platformFilesOfMember(settings.os())),
        tags(cluster),
        "EC2");
  }

  /** The tags of a target with that number. */
  static Map<String, String> tags(Topology.Cluster cluster, int number) {
    Map<String, String> tags = new HashMap<>(tags(cluster));
    tags.put("leadline:number", Integer.toString(number));
    return tags;
  }

  private static Map<String, String> tags(Topology.Cluster cluster) {
    return Map.of("leadline:role", "target", "leadline:cluster", cluster.name());
  }

  /** Adds the last instance of a cluster, which was made elsewhere. */
  void join(Topology.Cluster cluster, Instance last) {
    Objects.requireNonNull(instances.get(cluster)).add(last);
  }

  /** The Auto Scaling groups, in the topology's order. */
  Map<Topology.Cluster, LabGroup> groups() {
    return groups;
  }

  /** What a load balancer has to be told of a cluster that is in no group. */
  List<TargetPort> targets(Topology.Cluster cluster) {
    return instances.getOrDefault(cluster, List.of()).stream()
        .flatMap(it -> cluster.ports().stream().map(port -> new TargetPort(it, port)))
        .toList();
  }

  /** The instances of each cluster that is in no group, in the topology's order. */
  Map<Topology.Cluster, List<Instance>> instances() {
    return instances;
  }

  private static UserData userData(
      Settings settings, Topology.Cluster cluster, String number, List<String> platformFiles) {
    String paths = String.join(",", settings.topology().answeredBy(cluster));
    Map<String, String> values = AppFiles.settings(settings, cluster.name(), paths, number);
    if (cluster.tasks() > 1) {
      values.put("TASKS", Integer.toString(cluster.tasks()));
    }
    return UserDataScript.render(values, platformFiles, AppFiles.files(), Map.of(), "target.sh");
  }
}
