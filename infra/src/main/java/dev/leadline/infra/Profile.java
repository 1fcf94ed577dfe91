package dev.leadline.infra;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import software.amazon.awscdk.CliCredentialsStackSynthesizer;
import software.amazon.awscdk.DefaultStackSynthesizer;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.Environment;
import software.amazon.awscdk.IStackSynthesizer;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.elasticloadbalancingv2.Protocol;
import software.amazon.awscdk.services.iam.FromRoleArnOptions;
import software.amazon.awscdk.services.iam.IInstanceProfile;
import software.amazon.awscdk.services.iam.IRole;
import software.amazon.awscdk.services.iam.InstanceProfile;
import software.amazon.awscdk.services.iam.InstanceProfileAttributes;
import software.amazon.awscdk.services.iam.ManagedPolicy;
import software.amazon.awscdk.services.iam.PolicyStatement;
import software.amazon.awscdk.services.iam.Role;
import software.amazon.awscdk.services.iam.ServicePrincipal;
import software.constructs.Construct;

/** What differs between the places a lab can stand in. Nothing else asks where it is. */
enum Profile {
  /** An AWS account of one's own, bootstrapped for the CDK. */
  AWS,

  /**
   * An AWS Academy Learner Lab: no role may be created there, so no bootstrap either; nine
   * instances at most run at a time.
   */
  ACADEMY,

  /**
   * The emulator on this machine: instances are processes on loopback addresses, without root's
   * rights.
   */
  LOCAL;

  /** What the agent of Systems Manager needs; with ...InstanceCore it may read every parameter. */
  private static final String SSM_AGENT = "AmazonSSMManagedEC2InstanceDefaultPolicy";

  /**
   * How both balancers check their targets.
   *
   * @param interval between two checks of a target
   * @param timeout of one check
   */
  record HealthCheck(String path, Duration interval, Duration timeout, int healthy, int unhealthy) {
    /** The same as a target group has it. */
    software.amazon.awscdk.services.elasticloadbalancingv2.HealthCheck.Builder ofElb() {
      return software.amazon.awscdk.services.elasticloadbalancingv2.HealthCheck.builder()
          .protocol(Protocol.HTTP)
          .path(path)
          .interval(interval)
          .timeout(timeout)
          .healthyThresholdCount(healthy)
          .unhealthyThresholdCount(unhealthy);
    }
  }

  static Profile read(Context context) {
    String names = Arrays.stream(values()).map(Profile::id).collect(Collectors.joining(", "));
    return Arrays.stream(values())
        .filter(profile -> profile.id().equals(context.raw("profile")))
        .findFirst()
        .orElseThrow(() -> context.wrong("profile", names));
  }

  /** The name in cdk.json. */
  String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The files of userdata/platform that an instance's script is made of, in order. */
  List<String> platformFiles(OperatingSystem os) {
    return this == LOCAL ? List.of("local.sh") : os.platformFiles();
  }

  /** The same for a member of a group. */
  List<String> platformFilesOfMember(OperatingSystem os) {
    List<String> files = new ArrayList<>(platformFiles(os));
    files.add("group.sh");
    files.add(this == LOCAL ? "group-local.sh" : "group-systemd.sh");
    return List.copyOf(files);
  }

  /**
   * The account and region of the credentials in use, as the CDK CLI hands them over; empty where
   * there are none, and locally, because the CDK CLI would remember the emulator's answers.
   */
  Optional<Environment> environment(Map<String, String> variables) {
    String account = variables.get("CDK_DEFAULT_ACCOUNT");
    String region = variables.get("CDK_DEFAULT_REGION");
    if (this == LOCAL || account == null || region == null) {
      return Optional.empty();
    }
    return Optional.of(Environment.builder().account(account).region(region).build());
  }

  /**
   * Where the connections of a group's front come from: the VPC. On a loopback every connection's
   * source is the same address, whatever it goes to.
   */
  String frontRange() {
    return this == LOCAL ? "127.0.0.1/32" : vpcRange();
  }

  /** Locally a range whose addresses any process on this machine can bind without set-up. */
  String vpcRange() {
    return this == LOCAL ? "127.1.0.0/16" : "10.0.0.0/16";
  }

  /**
   * Instances reach package repositories through public addresses, as there is no NAT; locally they
   * need nothing.
   */
  boolean publicAddresses() {
    return this != LOCAL;
  }

  /** The port both balancers listen on; below 1024 only root may. */
  int listenerPort() {
    return this == LOCAL ? 8080 : 80;
  }

  /** Whether the load balancer keeps a log of its requests; the emulated one writes none. */
  boolean loadBalancerLogs() {
    return this != LOCAL;
  }

  /** Whether an instance has a disk of its own; a process on this machine has none. */
  boolean disks() {
    return this != LOCAL;
  }

  HealthCheck healthCheck() {
    return this == LOCAL
        ? new HealthCheck("/health", Duration.seconds(5), Duration.seconds(2), 2, 2)
        : new HealthCheck("/health", Duration.seconds(10), Duration.seconds(5), 2, 2);
  }

  /**
   * The allowed range without the option allowedCidr: none; locally, this machine's own addresses.
   */
  Optional<String> defaultAllowedCidr() {
    return this == LOCAL ? Optional.of("127.0.0.0/8") : Optional.empty();
  }

  /** How many instances may run at a time. */
  int mostInstances() {
    return this == ACADEMY ? 9 : Integer.MAX_VALUE;
  }

  /** Why there are no Auto Scaling groups, as the end of a sentence; empty where there are. */
  Optional<String> whyNoGroups() {
    return this == ACADEMY
        ? Optional.of(
            "with profile academy: nine instances run in all, and a group launches another before it ends one")
        : Optional.empty();
  }

  /**
   * How a member of a group comes and goes.
   *
   * @param start within which a new member must serve: its health is not judged before, and an
   *     instance refresh waits for so long before it ends the next one
   * @param warmUp what the refresh waits for; on EC2 a member counts as in service before its
   *     script has ended, so it is not shorter than {@code start}
   * @param deregistrationDelay what a balancer that leaves has for its connections
   * @param shutdownDelay of that, how long it goes on taking requests
   */
  record Membership(
      Duration start, Duration warmUp, Duration deregistrationDelay, Duration shutdownDelay) {}

  /** How members of a group come and go. */
  Membership membership() {
    return this == LOCAL
        ? new Membership(
            Duration.seconds(120), Duration.seconds(5), Duration.seconds(8), Duration.seconds(4))
        : new Membership(
            LabInstance.LONGEST_START,
            LabInstance.LONGEST_START,
            Duration.minutes(2),
            // And 30 s for the requests that are left then.
            Duration.seconds(85));
  }

  /** Why an account of this kind takes no budget of ours; empty where it does. */
  Optional<String> whyNoBudget() {
    return switch (this) {
      case AWS -> Optional.empty();
      case ACADEMY -> Optional.of("because the Academy allows no budget but its own");
      case LOCAL -> Optional.of("because it costs nothing");
    };
  }

  /** Sizes of instance that the account does not allow. */
  Set<String> refusedSizes() {
    return this == ACADEMY ? Set.of("xlarge", "2xlarge", "4xlarge") : Set.of();
  }

  /**
   * How assets and templates get into the account.
   *
   * @param assetBucket where the account has no bootstrap stack: the bucket to use instead of the
   *     usual name
   */
  IStackSynthesizer synthesizer(Optional<String> assetBucket) {
    if (this != ACADEMY) {
      return DefaultStackSynthesizer.Builder.create().build();
    }
    return CliCredentialsStackSynthesizer.Builder.create()
        .fileAssetsBucketName(
            assetBucket.orElse("leadline-assets-${AWS::AccountId}-${AWS::Region}"))
        .build();
  }

  /**
   * What an instance may do: be reached through Session Manager, signal its stack, and what the
   * statements allow. In the Academy this is the account's one role, without the statements.
   */
  IInstanceProfile instanceProfile(Construct scope, PolicyStatement... statements) {
    if (this == ACADEMY) {
      Stack stack = Stack.of(scope);
      String prefix = "arn:%s:iam::%s:".formatted(stack.getPartition(), stack.getAccount());
      IRole role =
          Role.fromRoleArn(
              scope,
              "Role",
              prefix + "role/LabRole",
              FromRoleArnOptions.builder().mutable(false).build());
      return InstanceProfile.fromInstanceProfileAttributes(
          scope,
          "InstanceProfile",
          InstanceProfileAttributes.builder()
              .instanceProfileArn(prefix + "instance-profile/LabInstanceProfile")
              .role(role)
              .build());
    }
    Role role =
        Role.Builder.create(scope, "Role")
            .assumedBy(new ServicePrincipal("ec2.amazonaws.com"))
            .managedPolicies(List.of(ManagedPolicy.fromAwsManagedPolicyName(SSM_AGENT)))
            .build();
    for (PolicyStatement statement : statements) {
      role.addToPolicy(statement);
    }
    role.addToPolicy(
        PolicyStatement.Builder.create() // for where there is no cfn-signal, which needs none
            .actions(List.of("cloudformation:SignalResource"))
            .resources(List.of(Stack.of(scope).getStackId()))
            .build());
    return InstanceProfile.Builder.create(scope, "InstanceProfile").role(role).build();
  }
}
