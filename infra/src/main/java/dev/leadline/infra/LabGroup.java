package dev.leadline.infra;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import software.amazon.awscdk.CfnAutoScalingInstanceRefresh;
import software.amazon.awscdk.CfnAutoScalingInstanceRefreshPreferences;
import software.amazon.awscdk.CfnCreationPolicy;
import software.amazon.awscdk.CfnResourceSignal;
import software.amazon.awscdk.CfnTag;
import software.amazon.awscdk.CfnUpdatePolicy;
import software.amazon.awscdk.Fn;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.Token;
import software.amazon.awscdk.services.autoscaling.CfnAutoScalingGroup;
import software.amazon.awscdk.services.autoscaling.CfnAutoScalingGroup.InstanceMaintenancePolicyProperty;
import software.amazon.awscdk.services.autoscaling.CfnAutoScalingGroup.LaunchTemplateSpecificationProperty;
import software.amazon.awscdk.services.autoscaling.CfnAutoScalingGroup.TagPropertyProperty;
import software.amazon.awscdk.services.autoscaling.CfnScalingPolicy;
import software.amazon.awscdk.services.ec2.CfnLaunchTemplate;
import software.amazon.awscdk.services.ec2.CfnLaunchTemplate.BlockDeviceMappingProperty;
import software.amazon.awscdk.services.ec2.CfnLaunchTemplate.EbsProperty;
import software.amazon.awscdk.services.ec2.CfnLaunchTemplate.IamInstanceProfileProperty;
import software.amazon.awscdk.services.ec2.CfnLaunchTemplate.LaunchTemplateDataProperty;
import software.amazon.awscdk.services.ec2.CfnLaunchTemplate.LaunchTemplateTagSpecificationProperty;
import software.amazon.awscdk.services.ec2.CfnLaunchTemplate.MetadataOptionsProperty;
import software.amazon.awscdk.services.ec2.CfnLaunchTemplate.MonitoringProperty;
import software.amazon.awscdk.services.ec2.ISubnet;
import software.amazon.awscdk.services.ec2.SecurityGroup;
import software.amazon.awscdk.services.ec2.UserData;
import software.amazon.awscdk.services.iam.IInstanceProfile;
import software.constructs.Construct;
import software.constructs.IDependable;

/**
 * Instances of the lab that EC2 Auto Scaling launches and ends, by turns in both zones: made as
 * {@link LabInstance} makes one. CloudFormation waits for the first ones' signals. A changed script
 * is a new version of the launch template, and an instance refresh launches instances of it before
 * it ends the others.
 */
final class LabGroup extends Construct {
  private static final int WHOLE = 100;

  /** Of the group while it is refreshed: one of two, and half of a larger group, at a time. */
  private static final int WITH_THE_NEW = 150;

  private final CfnAutoScalingGroup group;
  private final List<String> targetGroups = new ArrayList<>();
  private final List<String> classics = new ArrayList<>();

  /**
   * The group.
   *
   * @param name of the instances, as a tag
   * @param tags of the instances, too
   * @param healthChecks {@code EC2}, or {@code ELB} where what a load balancer calls unhealthy is
   *     to be replaced
   */
  LabGroup(
      Construct scope,
      String id,
      String name,
      String type,
      Scaling scaling,
      Settings settings,
      Network network,
      SecurityGroup securityGroup,
      IInstanceProfile instanceProfile,
      UserData userData,
      Map<String, String> tags,
      String healthChecks) {
    super(scope, id);
    CfnLaunchTemplate template =
        CfnLaunchTemplate.Builder.create(this, "LaunchTemplate")
            .launchTemplateData(data(type, settings, securityGroup, instanceProfile))
            .tagSpecifications(
                List.of(
                    LaunchTemplateTagSpecificationProperty.builder()
                        .resourceType("launch-template")
                        .tags(List.of(labTag()))
                        .build()))
            .build();
    Profile.Membership times = settings.profile().membership();
    List<ISubnet> subnets = network.vpc().getPublicSubnets();
    Map<String, String> propagated = new LinkedHashMap<>(Map.of("Name", name));
    propagated.putAll(tags);
    group =
        CfnAutoScalingGroup.Builder.create(this, "Group")
            .launchTemplate(
                LaunchTemplateSpecificationProperty.builder()
                    .launchTemplateId(template.getRef())
                    .version(template.getAttrLatestVersionNumber())
                    .build())
            .minSize(Integer.toString(scaling.min()))
            .maxSize(Integer.toString(scaling.max()))
            .vpcZoneIdentifier(subnets.stream().map(ISubnet::getSubnetId).toList())
            .healthCheckType(healthChecks)
            .healthCheckGracePeriod(times.start().toSeconds())
            // An unhealthy one goes after another is there, too.
            .instanceMaintenancePolicy(
                InstanceMaintenancePolicyProperty.builder()
                    .minHealthyPercentage(WHOLE)
                    .maxHealthyPercentage(WITH_THE_NEW)
                    .build())
            .defaultInstanceWarmup(times.warmUp().toSeconds())
            .tags(
                propagated.entrySet().stream()
                    .sorted(Map.Entry.comparingByKey())
                    .map(LabGroup::tag)
                    .toList())
            .build();
    group
        .getCfnOptions()
        .setCreationPolicy(
            CfnCreationPolicy.builder()
                .resourceSignal(
                    CfnResourceSignal.builder()
                        .count(scaling.min())
                        .timeout(LabInstance.LONGEST_START.toIsoString())
                        .build())
                .build());
    group.getCfnOptions().setUpdatePolicy(refresh());
    template.addPropertyOverride(
        "LaunchTemplateData.UserData",
        Fn.base64(
            UserDataScript.withSettings(
                userData, UserDataScript.whomToSignal(group.getLogicalId()))));
    CfnScalingPolicy.Builder.create(this, "Scaling")
        .autoScalingGroupName(group.getRef())
        .policyType("TargetTrackingScaling")
        .targetTrackingConfiguration(
            CfnScalingPolicy.TargetTrackingConfigurationProperty.builder()
                .predefinedMetricSpecification(
                    CfnScalingPolicy.PredefinedMetricSpecificationProperty.builder()
                        .predefinedMetricType("ASGAverageCPUUtilization")
                        .build())
                .targetValue(scaling.targetCpu())
                .build())
        .build();
    // The script begins with downloads, and with what its role allows.
    subnets.forEach(it -> after(it.getInternetConnectivityEstablished()));
    after(Objects.requireNonNull(instanceProfile.getRole()));
  }

  private LaunchTemplateDataProperty data(
      String type,
      Settings settings,
      SecurityGroup securityGroup,
      IInstanceProfile instanceProfile) {
    boolean remembered = !Token.isUnresolved(Stack.of(this).getAccount());
    LaunchTemplateDataProperty.Builder data =
        LaunchTemplateDataProperty.builder()
            .imageId(settings.os().image(remembered).getImage(this).getImageId())
            .instanceType(type)
            .securityGroupIds(List.of(securityGroup.getSecurityGroupId()))
            .iamInstanceProfile(
                IamInstanceProfileProperty.builder()
                    .arn(instanceProfile.getInstanceProfileArn())
                    .build())
            .metadataOptions(
                MetadataOptionsProperty.builder()
                    .httpTokens("required")
                    .instanceMetadataTags("enabled")
                    .build())
            .monitoring(MonitoringProperty.builder().enabled(true).build());
    settings.keyName().ifPresent(data::keyName);
    if (settings.profile().disks()) {
      data.blockDeviceMappings(
          List.of(
              BlockDeviceMappingProperty.builder()
                  .deviceName(settings.os().rootDevice())
                  .ebs(
                      EbsProperty.builder()
                          .encrypted(settings.encryptedDisks())
                          .deleteOnTermination(true)
                          .volumeType(LabInstance.VOLUME)
                          .build())
                  .build()));
    }
    return data.build();
  }

  private static CfnUpdatePolicy refresh() {
    return CfnUpdatePolicy.builder()
        .autoScalingInstanceRefresh(
            CfnAutoScalingInstanceRefresh.builder()
                .strategy("Rolling")
                .preferences(
                    CfnAutoScalingInstanceRefreshPreferences.builder()
                        .minHealthyPercentage(WHOLE)
                        .maxHealthyPercentage(WITH_THE_NEW)
                        .skipMatching(true)
                        .build())
                .build())
        .build();
  }

  private CfnTag labTag() {
    return CfnTag.builder()
        .key(LeadlineStack.LAB_TAG)
        .value(Stack.of(this).getNode().getId())
        .build();
  }

  private static TagPropertyProperty tag(Map.Entry<String, String> tag) {
    return TagPropertyProperty.builder()
        .key(tag.getKey())
        .value(tag.getValue())
        .propagateAtLaunch(true)
        .build();
  }

  /** Registers every instance with an ELB target group, at the port of the target group. */
  void register(String targetGroupArn) {
    targetGroups.add(targetGroupArn);
    group.setTargetGroupArns(List.copyOf(targetGroups));
  }

  /** Registers every instance with the Classic Load Balancer of that name. */
  void registerClassic(String name) {
    classics.add(name);
    group.setLoadBalancerNames(List.copyOf(classics));
  }

  /** The first instance is launched after it is there. */
  void after(IDependable dependency) {
    group.getNode().addDependency(dependency);
  }

  /** The name of the Auto Scaling group. */
  String name() {
    return group.getRef();
  }
}
