package dev.leadline.infra;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import software.amazon.awscdk.Fn;
import software.amazon.awscdk.services.ec2.CfnEIP;
import software.amazon.awscdk.services.ec2.UserData;
import software.amazon.awscdk.services.iam.PolicyStatement;
import software.amazon.awscdk.services.s3.Bucket;
import software.amazon.awscdk.services.s3.assets.Asset;
import software.constructs.Construct;

/**
 * One more instance, which runs the benchmark near the balancers, so that no uplink is in the
 * figures. It asks both at their public addresses, as every client does; so it has a public address
 * that does not change, which both let in. What it measures goes to a bucket of the lab.
 */
final class LoadGenerator extends Construct {
  private final Bucket results;

  LoadGenerator(
      Construct scope, String id, String type, Settings settings, Network network, Path jar) {
    super(scope, id);
    Asset asset = Asset.Builder.create(this, "Jar").path(jar.toString()).build();
    results = TemporaryBucket.in(this, "Results", settings.profile() != Profile.LOCAL);
    LabInstance instance =
        new LabInstance(
            this,
            "Instance",
            "leadline-generator",
            type,
            settings,
            network,
            network.subnet(0),
            network.newGeneratorGroup(),
            settings
                .profile()
                .instanceProfile(
                    this,
                    statement(
                        List.of("s3:GetObject"),
                        asset.getBucket().arnForObjects(asset.getS3ObjectKey())),
                    statement(List.of("s3:PutObject"), results.arnForObjects("*")),
                    // CloudWatch has no narrower resource
                    statement(List.of("cloudwatch:GetMetricData", "cloudwatch:ListMetrics"), "*")),
            userData(settings, asset),
            Map.of("leadline:role", "generator", "leadline:number", "0"));
    CfnEIP address =
        CfnEIP.Builder.create(this, "Address")
            .domain("vpc")
            .instanceId(instance.getInstanceId())
            .build();
    address.getNode().addDependency(network.subnet(0).getInternetConnectivityEstablished());
    network.letIn(Fn.join("", List.of(address.getRef(), "/32")), settings, "load generator");
  }

  /** Name of the bucket that results go to. */
  String results() {
    return results.getBucketName();
  }

  private static PolicyStatement statement(List<String> actions, String resource) {
    return PolicyStatement.Builder.create().actions(actions).resources(List.of(resource)).build();
  }

  private static UserData userData(Settings settings, Asset jar) {
    Map<String, String> values = AppFiles.settings(settings, "", "", 0);
    values.put("JAR_BUCKET", jar.getS3BucketName());
    values.put("JAR_KEY", jar.getS3ObjectKey());
    return UserDataScript.render(
        values,
        settings.profile().platformFiles(settings.os()),
        Map.of(),
        Map.of(),
        "generator.sh");
  }
}
