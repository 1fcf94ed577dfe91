package dev.leadline.infra;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awscdk.services.cloudwatch.Color;
import software.amazon.awscdk.services.ec2.UserData;
import software.amazon.awscdk.services.iam.PolicyStatement;
import software.amazon.awscdk.services.s3.assets.Asset;
import software.constructs.Construct;

/**
 * Our own balancer's program: what every instance needs that runs it, whoever made the instance.
 */
final class BalancerProgram {
  static final String POLICY_TAG = "leadline:policy";

  /** What the value of a tag may have. */
  private static final int MOST_OF_A_TAG = 256;

  private final Settings settings;
  private final Asset jar;

  /** The jar becomes an asset of the construct. */
  BalancerProgram(Construct scope, Settings settings, Path jar) {
    this.settings = settings;
    this.jar = Asset.Builder.create(scope, "Jar").path(jar.toString()).build();
  }

  /** What an instance must be allowed. */
  List<PolicyStatement> statements() {
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
    settings.certificates().secret().ifPresent(secret -> statements.add(reading(secret)));
    Topology topology = settings.topology();
    if (topology.hasGroupsOfTargets()) {
      statements.add(asking("elasticloadbalancing:DescribeTargetHealth"));
    }
    if (topology.hasGroupsOfTargets() || topology.balancer().scaling().isPresent()) {
      statements.add(asking("ec2:DescribeInstances"));
    }
    return statements;
  }

  /** The permission to ask AWS who is there, for which there is no narrower resource. */
  private static PolicyStatement asking(String action) {
    return PolicyStatement.Builder.create()
        .actions(List.of(action))
        .resources(List.of("*"))
        .build();
  }

  /** The permission to read a secret of Secrets Manager. */
  static PolicyStatement reading(String secret) {
    return PolicyStatement.Builder.create()
        .actions(List.of("secretsmanager:GetSecretValue"))
        .resources(List.of(secret))
        .build();
  }

  /**
   * The script.
   *
   * @param app the settings of the application beside it
   * @param more settings of the host's own
   * @param yaml the balancer's configuration
   */
  UserData userData(
      Map<String, String> app, List<String> platformFiles, Map<String, String> more, String yaml) {
    Map<String, String> values = new LinkedHashMap<>(app);
    values.put("LISTENER_PORT", Integer.toString(settings.balancerListener().port()));
    values.put("BALANCER_TLS", settings.certificates().balancer());
    values.put("JAR_BUCKET", jar.getS3BucketName());
    values.put("JAR_KEY", jar.getS3ObjectKey());
    values.putAll(more);
    return UserDataScript.render(
        values, platformFiles, AppFiles.files(), Map.of("balancer.yaml", yaml), "balancer.sh");
  }

  /**
   * The tags, and the policy as the instance reads it. That is no part of the script: another
   * script makes a new instance, another tag does not.
   */
  Map<String, String> withPolicy(Map<String, String> tags) {
    Map<String, String> more = new HashMap<>(tags);
    more.put(POLICY_TAG, policyTag(settings.topology().balancer()));
    return more;
  }

  private static String policyTag(Topology.Balancer balancer) {
    String written = BalancerYaml.policy(balancer.policy());
    if (written.length() > MOST_OF_A_TAG) {
      throw new ConfigurationException(
          "topology.balancer.policy has %d characters; allowed: %d, because a tag has no more"
              .formatted(written.length(), MOST_OF_A_TAG));
    }
    return written;
  }

  /**
   * What it publishes. The groups are named as in its configuration; the one over all clusters is
   * left out.
   *
   * @param name what it calls itself
   */
  BalancerMetrics metrics(String name) {
    Map<String, String> balancer = Map.of("Balancer", name);
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
}
