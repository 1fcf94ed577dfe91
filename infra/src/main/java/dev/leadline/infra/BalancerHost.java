package dev.leadline.infra;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import software.amazon.awscdk.services.cloudwatch.Color;
import software.amazon.awscdk.services.ec2.CfnEIP;
import software.amazon.awscdk.services.ec2.ISubnet;
import software.amazon.awscdk.services.ec2.Instance;
import software.amazon.awscdk.services.ec2.UserData;
import software.amazon.awscdk.services.iam.PolicyStatement;
import software.amazon.awscdk.services.s3.assets.Asset;
import software.constructs.Construct;

/**
 * The instance that runs our own balancer, behind an address that outlives a stop: one of its own,
 * or the last of a cluster, which it then completes.
 */
final class BalancerHost extends Construct {
  /** What the value of a tag may have. */
  private static final int MOST_OF_A_TAG = 256;

  static final String POLICY_TAG = "leadline:policy";

  private final Instance instance;
  private final CfnEIP address;
  private final Listener spoken;

  /**
   * The instance.
   *
   * @param generator the load generator that it is the host of
   */
  BalancerHost(
      Construct scope,
      String id,
      Settings settings,
      Network network,
      Fleet fleet,
      Path jar,
      Optional<LoadGenerator> generator) {
    super(scope, id);
    spoken = settings.balancerListener();
    Asset asset = Asset.Builder.create(this, "Jar").path(jar.toString()).build();
    Optional<Topology.Cluster> shared = settings.topology().hostingCluster();
    int number = shared.map(settings.topology()::lastNumber).orElse(0);
    ISubnet subnet = network.subnet(number);
    instance =
        new LabInstance(
            this,
            "Instance",
            "leadline-" + shared.map(it -> it.name() + "-" + number).orElse("balancer"),
            settings.topology().balancer().instanceType(),
            settings,
            network,
            subnet,
            network.group(BalancerKind.LEADLINE),
            settings.profile().instanceProfile(this, statements(settings, asset, generator)),
            userData(settings, fleet, asset, shared, number),
            with(
                shared
                    .map(it -> with(Fleet.tags(it, number), "leadline:hosts", "balancer"))
                    .orElse(Map.of("leadline:role", "balancer", "leadline:number", "0")),
                POLICY_TAG,
                policyTag(settings.topology().balancer())));
    // The script reads that tag.
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

  private static Map<String, String> with(Map<String, String> tags, String key, String value) {
    Map<String, String> more = new HashMap<>(tags);
    more.put(key, value);
    return more;
  }

  /**
   * The policy as the instance reads it. It is no part of the script: another script makes a new
   * instance, another tag does not.
   */
  private static String policyTag(Topology.Balancer balancer) {
    String written = BalancerYaml.policy(balancer.policy());
    if (written.length() > MOST_OF_A_TAG) {
      throw new ConfigurationException(
          "topology.balancer.policy has %d characters; allowed: %d, because a tag has no more"
              .formatted(written.length(), MOST_OF_A_TAG));
    }
    return written;
  }

  String url() {
    return spoken.url(address());
  }

  /** The public address, which stays. */
  String address() {
    return address.getRef();
  }

  String instanceId() {
    return instance.getInstanceId();
  }

  /** The groups are named as in its configuration; the one over all clusters is left out. */
  BalancerMetrics metrics(Settings settings) {
    Map<String, String> balancer = Map.of("Balancer", instanceId());
    Map<String, Map<String, String>> ofGroups = new LinkedHashMap<>();
    for (Topology.Cluster cluster : settings.topology().clusters()) {
      Map<String, String> dimensions = new HashMap<>(balancer);
      dimensions.put("TargetGroup", cluster.name());
      ofGroups.put(cluster.name(), dimensions);
    }
    return new BalancerMetrics(
        "leadline",
        "Leadline",
        Color.ORANGE,
        BalancerMetrics.Names.APPLICATION,
        BalancerYaml.NAMESPACE,
        balancer,
        ofGroups);
  }

  private static PolicyStatement[] statements(
      Settings settings, Asset jar, Optional<LoadGenerator> generator) {
    List<PolicyStatement> statements = new ArrayList<>();
    statements.add(
        PolicyStatement.Builder.create()
            .actions(List.of("s3:GetObject"))
            .resources(List.of(jar.getBucket().arnForObjects(jar.getS3ObjectKey())))
            .build());
    statements.add(
        PolicyStatement.Builder.create()
            .actions(List.of("cloudwatch:PutMetricData"))
            .resources(List.of("*")) // CloudWatch has no narrower resource
            .conditions(
                Map.of("StringEquals", Map.of("cloudwatch:namespace", BalancerYaml.NAMESPACE)))
            .build());
    // For the policy `cloudwatch`, which may be set at any time.
    statements.add(
        PolicyStatement.Builder.create()
            .actions(List.of("cloudwatch:GetMetricData"))
            .resources(List.of("*")) // nor may reading be narrowed to a namespace
            .build());
    settings
        .certificates()
        .secret()
        .ifPresent(
            secret ->
                statements.add(
                    PolicyStatement.Builder.create()
                        .actions(List.of("secretsmanager:GetSecretValue"))
                        .resources(List.of(secret))
                        .build()));
    generator.ifPresent(it -> statements.addAll(it.statements()));
    return statements.toArray(PolicyStatement[]::new);
  }

  private static UserData userData(
      Settings settings, Fleet fleet, Asset jar, Optional<Topology.Cluster> shared, int number) {
    String paths =
        shared.map(it -> String.join(",", settings.topology().answeredBy(it))).orElse("");
    String cluster = shared.map(Topology.Cluster::name).orElse("");
    Map<String, String> values = AppFiles.settings(settings, cluster, paths, number);
    values.put("LISTENER_PORT", Integer.toString(settings.balancerListener().port()));
    values.put("BALANCER_TLS", settings.certificates().balancer());
    values.put("JAR_BUCKET", jar.getS3BucketName());
    values.put("JAR_KEY", jar.getS3ObjectKey());
    return UserDataScript.render(
        values,
        settings.profile().platformFiles(settings.os()),
        AppFiles.files(),
        Map.of("balancer.yaml", BalancerYaml.render(settings, fleet.instances())),
        "balancer.sh");
  }
}
