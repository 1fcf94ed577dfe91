package dev.leadline.infra;

import java.util.List;
import java.util.Map;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.Fn;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.Tags;
import software.amazon.awscdk.Token;
import software.amazon.awscdk.services.ec2.CfnInstance.BlockDeviceMappingProperty;
import software.amazon.awscdk.services.ec2.CfnInstance.EbsProperty;
import software.amazon.awscdk.services.ec2.HttpTokens;
import software.amazon.awscdk.services.ec2.ISubnet;
import software.amazon.awscdk.services.ec2.Instance;
import software.amazon.awscdk.services.ec2.InstanceProps;
import software.amazon.awscdk.services.ec2.InstanceType;
import software.amazon.awscdk.services.ec2.SecurityGroup;
import software.amazon.awscdk.services.ec2.SubnetSelection;
import software.amazon.awscdk.services.ec2.UserData;
import software.amazon.awscdk.services.iam.IInstanceProfile;
import software.constructs.Construct;

/**
 * An instance of the lab: metadata by session token only, no key pair without the option, an
 * encrypted disk, CPU figures by the minute. A changed script makes a new instance, because a
 * script runs only once. CloudFormation waits for the script's signal that the instance serves; if
 * the script fails, or sends no signal in time, the stack fails.
 */
final class LabInstance extends Instance {
  /** Packages, Python, a JDK and a start take two to five minutes. */
  static final Duration LONGEST_START = Duration.minutes(15);

  /** The kind of disk. */
  static final String VOLUME = "gp3";

  LabInstance(
      Construct scope,
      String id,
      String name,
      String type,
      Settings settings,
      Network network,
      ISubnet subnet,
      SecurityGroup securityGroup,
      IInstanceProfile instanceProfile,
      UserData userData,
      Map<String, String> tags) {
    super(
        scope,
        id,
        InstanceProps.builder()
            .instanceName(name)
            .instanceType(new InstanceType(type))
            .machineImage(settings.os().image(!Token.isUnresolved(Stack.of(scope).getAccount())))
            .vpc(network.vpc())
            .vpcSubnets(SubnetSelection.builder().subnets(List.of(subnet)).build())
            .securityGroup(securityGroup)
            .instanceProfile(instanceProfile)
            .userData(userData)
            .userDataCausesReplacement(true)
            .resourceSignalTimeout(LONGEST_START)
            // Not requireImdsv2, which adds a launch template of a fixed name.
            .httpTokens(HttpTokens.REQUIRED)
            .detailedMonitoring(true)
            .build());
    settings.keyName().ifPresent(getInstance()::setKeyName);
    if (settings.profile().disks()) {
      getInstance().setBlockDeviceMappings(List.of(disk(settings)));
    }
    // Afterwards, because the logical id ends in a hash of the script.
    Map<String, String> toSignal = UserDataScript.whomToSignal(getInstance().getLogicalId());
    getInstance().setUserData(Fn.base64(UserDataScript.withSettings(userData, toSignal)));
    tags.forEach((key, value) -> Tags.of(this).add(key, value));
    // The script begins with downloads.
    getNode().addDependency(subnet.getInternetConnectivityEstablished());
  }

  /**
   * The image's own disk, as large as it is, but encrypted with the account's key for disks unless
   * the settings say otherwise.
   */
  private static BlockDeviceMappingProperty disk(Settings settings) {
    return BlockDeviceMappingProperty.builder()
        .deviceName(settings.os().rootDevice())
        .ebs(
            EbsProperty.builder()
                .encrypted(settings.encryptedDisks())
                .deleteOnTermination(true)
                .volumeType(VOLUME)
                .build())
        .build();
  }
}
