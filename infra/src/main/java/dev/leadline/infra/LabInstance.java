package dev.leadline.infra;

import java.util.List;
import java.util.Map;
import software.amazon.awscdk.Tags;
import software.amazon.awscdk.services.ec2.HttpTokens;
import software.amazon.awscdk.services.ec2.ISubnet;
import software.amazon.awscdk.services.ec2.Instance;
import software.amazon.awscdk.services.ec2.InstanceProps;
import software.amazon.awscdk.services.ec2.InstanceType;
import software.amazon.awscdk.services.ec2.MachineImage;
import software.amazon.awscdk.services.ec2.SecurityGroup;
import software.amazon.awscdk.services.ec2.SubnetSelection;
import software.amazon.awscdk.services.ec2.UserData;
import software.amazon.awscdk.services.iam.IInstanceProfile;
import software.constructs.Construct;

/**
 * An instance as every one of a lab is: Amazon Linux 2023, metadata by session token only, no key
 * pair, CPU figures by the minute. A changed script makes a new instance, as it runs once only.
 */
final class LabInstance extends Instance {
  LabInstance(
      Construct scope,
      String id,
      String name,
      String type,
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
            .machineImage(MachineImage.latestAmazonLinux2023())
            .vpc(network.vpc())
            .vpcSubnets(SubnetSelection.builder().subnets(List.of(subnet)).build())
            .securityGroup(securityGroup)
            .instanceProfile(instanceProfile)
            .userData(userData)
            .userDataCausesReplacement(true)
            // Not requireImdsv2, which adds a launch template of a fixed name.
            .httpTokens(HttpTokens.REQUIRED)
            .detailedMonitoring(true)
            .build());
    tags.forEach((key, value) -> Tags.of(this).add(key, value));
    // The script begins with downloads.
    getNode().addDependency(subnet.getInternetConnectivityEstablished());
  }
}
