package dev.leadline.infra;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import software.amazon.awscdk.services.ec2.Instance;
import software.amazon.awscdk.services.ec2.UserData;
import software.amazon.awscdk.services.iam.IInstanceProfile;
import software.constructs.Construct;

/**
 * The targets: every cluster's instances, numbered on from cluster to cluster. One that our own
 * balancer shares is made by {@link BalancerHost}, because its script has the others' addresses.
 */
final class Fleet extends Construct {
  private final Map<Topology.Cluster, List<Instance>> instances = new LinkedHashMap<>();

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
                userData(settings, cluster, number),
                tags(cluster, number)));
      }
      instances.put(cluster, members);
    }
  }

  /** The tags of a target. */
  static Map<String, String> tags(Topology.Cluster cluster, int number) {
    return Map.of(
        "leadline:role", "target",
        "leadline:cluster", cluster.name(),
        "leadline:number", Integer.toString(number));
  }

  /** Adds the last instance of a cluster, which was made elsewhere. */
  void join(Topology.Cluster cluster, Instance last) {
    Objects.requireNonNull(instances.get(cluster)).add(last);
  }

  /** The instances of each cluster, in the topology's order. */
  Map<Topology.Cluster, List<Instance>> instances() {
    return instances;
  }

  private static UserData userData(Settings settings, Topology.Cluster cluster, int number) {
    String paths = String.join(",", settings.topology().answeredBy(cluster));
    return UserDataScript.render(
        AppFiles.settings(settings, cluster.name(), paths, Integer.toString(number)),
        settings.profile().platformFiles(settings.os()),
        AppFiles.files(),
        Map.of(),
        "target.sh");
  }
}
