package dev.leadline.infra;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import software.amazon.awscdk.services.ec2.CfnEIP;
import software.amazon.awscdk.services.ec2.ISubnet;
import software.amazon.awscdk.services.ec2.Instance;
import software.amazon.awscdk.services.iam.PolicyStatement;
import software.constructs.Construct;

/**
 * The instance that runs our own balancer, behind an address that outlives a stop: one of its own,
 * or the last of a cluster, which it then completes.
 */
final class BalancerHost extends Construct implements OwnBalancer {
  private final Settings settings;
  private final BalancerProgram program;
  private final Instance instance;
  private final CfnEIP address;

  /**
   * The instance.
   *
   * @param targetGroups ARNs, see {@link Beside#targetGroupArns}
   * @param generator the load generator that it is the host of
   */
  BalancerHost(
      Construct scope,
      String id,
      Settings settings,
      Network network,
      Fleet fleet,
      Map<String, String> targetGroups,
      Path jar,
      Optional<LoadGenerator> generator) {
    super(scope, id);
    this.settings = settings;
    program = new BalancerProgram(this, settings, jar);
    Topology topology = settings.topology();
    Optional<Topology.Cluster> shared = topology.hostingCluster();
    int number = shared.map(topology::lastNumber).orElse(0);
    ISubnet subnet = network.subnet(number);
    List<PolicyStatement> statements = program.statements();
    generator.ifPresent(it -> statements.addAll(it.statements()));
    instance =
        new LabInstance(
            this,
            "Instance",
            "leadline-" + shared.map(it -> it.name() + "-" + number).orElse("balancer"),
            topology.balancer().instanceType(),
            settings,
            network,
            subnet,
            network.group(BalancerKind.LEADLINE),
            settings.profile().instanceProfile(this, statements.toArray(PolicyStatement[]::new)),
            program.userData(
                AppFiles.settings(
                    settings,
                    shared.map(Topology.Cluster::name).orElse(""),
                    shared.map(it -> String.join(",", topology.answeredBy(it))).orElse(""),
                    Integer.toString(number)),
                settings.profile().platformFiles(settings.os()),
                Map.of(),
                BalancerYaml.render(settings, fleet, targetGroups)),
            program.withPolicy(tags(shared, number)));
    // The script reads the policy's tag.
    instance.getInstance().addPropertyOverride("MetadataOptions.InstanceMetadataTags", "enabled");
    shared.ifPresent(
        cluster -> {
          instance.addSecurityGroup(network.targetGroup());
          fleet.join(cluster, instance);
        });
    address =
        CfnEIP.Builder.create(this, "Address")
            .domain("vpc")
            .instanceId(instance.getInstanceId())
            .build();
    address.getNode().addDependency(subnet.getInternetConnectivityEstablished());
  }

  private static Map<String, String> tags(Optional<Topology.Cluster> shared, int number) {
    if (shared.isEmpty()) {
      return Map.of("leadline:role", "balancer", "leadline:number", "0");
    }
    Map<String, String> more = new HashMap<>(Fleet.tags(shared.get(), number));
    more.put("leadline:hosts", "balancer");
    return more;
  }

  @Override
  public String url() {
    return settings.balancerListener().url(address());
  }

  /** The public address, which stays. */
  String address() {
    return address.getRef();
  }

  String instanceId() {
    return instance.getInstanceId();
  }

  @Override
  public Map<String, String> outputs() {
    return Map.of("BalancerInstanceId", instanceId());
  }

  @Override
  public BalancerMetrics metrics() {
    return program.metrics(instanceId());
  }

  @Override
  public InstanceMetrics host() {
    return InstanceMetrics.ofInstance(
        "", "balancer", settings.topology().balancer().instanceType(), instanceId());
  }
}
