package dev.leadline.infra;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.iam.PolicyStatement;
import software.amazon.awscdk.services.secretsmanager.Secret;
import software.amazon.awscdk.services.secretsmanager.SecretStringGenerator;
import software.constructs.Construct;

/**
 * Our own balancer on a group of instances that grows and shrinks with their CPU, behind a Network
 * Load Balancer. The balancers find each other by tags, and one secret signs what they tell each
 * other; it is the key of their sticky sessions, too.
 */
final class BalancerGroup extends Construct implements OwnBalancer {
  private static final int SECRET_LENGTH = 32;

  private final Topology.Balancer declared;
  private final BalancerProgram program;
  private final LabGroup group;
  private final BalancerFront front;

  /**
   * The group.
   *
   * @param targetGroups ARNs, see {@link Beside#targetGroupArns}
   */
  BalancerGroup(
      Construct scope,
      String id,
      Settings settings,
      Network network,
      Fleet fleet,
      Map<String, String> targetGroups,
      Path jar,
      Scaling scaling) {
    super(scope, id);
    declared = settings.topology().balancer();
    program = new BalancerProgram(this, settings, jar);
    Secret secret =
        Secret.Builder.create(this, "Secret")
            .description("What Leadline's balancers of one group sign with")
            .generateSecretString(
                SecretStringGenerator.builder()
                    .passwordLength(SECRET_LENGTH)
                    .excludePunctuation(true)
                    .build())
            .build();
    List<PolicyStatement> statements = program.statements();
    statements.add(BalancerProgram.reading(secret.getSecretArn()));
    group =
        new LabGroup(
            this,
            "Members",
            "leadline-balancer",
            declared.instanceType(),
            scaling,
            settings,
            network,
            network.group(BalancerKind.LEADLINE),
            settings.profile().instanceProfile(this, statements.toArray(PolicyStatement[]::new)),
            program.userData(
                AppFiles.settings(settings, "", "", AppFiles.NO_NUMBER),
                settings.profile().platformFilesOfMember(settings.os()),
                Map.of("GROUP_SECRET", secret.getSecretArn()),
                BalancerYaml.renderMember(settings, fleet, targetGroups, Stack.of(this))),
            program.withPolicy(Map.of("leadline:role", "balancer")),
            "ELB");
    front = new BalancerFront(this, "Front", settings, network, group);
  }

  /** What all of a stack's balancers call themselves in CloudWatch, where their counts add up. */
  static String name(Stack stack) {
    return stack.getStackName() + "-balancers";
  }

  @Override
  public String url() {
    return front.url();
  }

  @Override
  public Map<String, String> outputs() {
    Map<String, String> outputs = new LinkedHashMap<>();
    outputs.put("BalancerGroup", group.name());
    outputs.put("BalancerFrontArn", front.arn());
    outputs.put("BalancerTargetGroupArn", front.targetGroupArn());
    return outputs;
  }

  @Override
  public BalancerMetrics metrics() {
    return program.metrics(name(Stack.of(this)));
  }

  @Override
  public InstanceMetrics host() {
    return InstanceMetrics.ofGroup("", "balancers", declared.instanceType(), group.name());
  }
}
