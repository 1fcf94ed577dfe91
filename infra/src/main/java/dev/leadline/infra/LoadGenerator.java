package dev.leadline.infra;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import software.amazon.awscdk.Fn;
import software.amazon.awscdk.services.ec2.CfnEIP;
import software.amazon.awscdk.services.ec2.SecurityGroup;
import software.amazon.awscdk.services.ec2.UserData;
import software.amazon.awscdk.services.iam.PolicyStatement;
import software.amazon.awscdk.services.s3.Bucket;
import software.amazon.awscdk.services.s3.assets.Asset;
import software.constructs.Construct;

/**
 * What the benchmark needs to run near the balancers, so that no uplink is in the figures: its
 * program, a bucket of the lab for its results, and a host, which is one more instance or the
 * balancer's. It asks both balancers at their public addresses, as every client does; so they let
 * the host's own address in. lab/ brings the program to the host, because a script that did would
 * make another host of every new version.
 */
final class LoadGenerator extends Construct {
  private final Asset jar;
  private final Bucket results;

  LoadGenerator(Construct scope, String id, Settings settings, Path jar) {
    super(scope, id);
    this.jar = Asset.Builder.create(this, "Jar").path(jar.toString()).build();
    results = TemporaryBucket.in(this, "Results", settings.profile() != Profile.LOCAL);
  }

  /** Name of the bucket that results go to. */
  String results() {
    return results.getBucketName();
  }

  /** Where the program is, as {@code bucket/key}. */
  String program() {
    return Fn.join("/", List.of(jar.getS3BucketName(), jar.getS3ObjectKey()));
  }

  /** What its host must be allowed. */
  List<PolicyStatement> statements() {
    return List.of(
        statement(List.of("s3:GetObject"), jar.getBucket().arnForObjects(jar.getS3ObjectKey())),
        statement(List.of("s3:PutObject"), results.arnForObjects("*")),
        // CloudWatch has no narrower resource
        statement(List.of("cloudwatch:GetMetricData", "cloudwatch:ListMetrics"), "*"));
  }

  /** One more instance as its host; the instance's id. */
  String onItsOwn(String type, Settings settings, Network network) {
    SecurityGroup group = network.newGeneratorGroup();
    LabInstance instance =
        new LabInstance(
            this,
            "Instance",
            "leadline-generator",
            type,
            settings,
            network,
            network.subnet(0),
            group,
            settings.profile().instanceProfile(this, statements().toArray(PolicyStatement[]::new)),
            userData(settings),
            Map.of("leadline:role", "generator", "leadline:number", "0"));
    CfnEIP address =
        CfnEIP.Builder.create(this, "Address")
            .domain("vpc")
            .instanceId(instance.getInstanceId())
            .build();
    address.getNode().addDependency(network.subnet(0).getInternetConnectivityEstablished());
    network.letIn(this, group, address.getRef(), settings);
    return instance.getInstanceId();
  }

  /** The balancer's instance as its host; the instance's id. */
  String on(BalancerHost balancer, Settings settings, Network network) {
    network.letIn(this, network.group(BalancerKind.LEADLINE), balancer.address(), settings);
    return balancer.instanceId();
  }

  private static PolicyStatement statement(List<String> actions, String resource) {
    return PolicyStatement.Builder.create().actions(actions).resources(List.of(resource)).build();
  }

  private static UserData userData(Settings settings) {
    return UserDataScript.render(
        AppFiles.settings(settings, "", "", "0"),
        settings.profile().platformFiles(settings.os()),
        Map.of(),
        Map.of(),
        "generator.sh");
  }
}
