package dev.leadline.infra;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import software.amazon.awscdk.Fn;
import software.amazon.awscdk.services.ec2.CfnSecurityGroupIngress;
import software.amazon.awscdk.services.ec2.ISubnet;
import software.amazon.awscdk.services.ec2.IpAddresses;
import software.amazon.awscdk.services.ec2.Peer;
import software.amazon.awscdk.services.ec2.Port;
import software.amazon.awscdk.services.ec2.SecurityGroup;
import software.amazon.awscdk.services.ec2.SubnetConfiguration;
import software.amazon.awscdk.services.ec2.SubnetType;
import software.amazon.awscdk.services.ec2.Vpc;
import software.constructs.Construct;

/**
 * A VPC over two zones without NAT, and its allowed connections: the allowed ranges to the
 * balancers, the balancers to the targets, the instances to package repositories and AWS. Nothing
 * else; SSH from the allowed ranges where there is a key pair, otherwise not at all.
 *
 * <p>Not every zone has every instance type (us-east-1e has no t3.small, for one), so lab/ chooses
 * two that have the lab's. Without its choice they are the account's first two.
 */
final class Network extends Construct {
  static final int APP_PORT = 8000;
  static final int ADMIN_PORT = 9901;

  /** UDP: balancers of a group tell each other. */
  static final int PEERS_PORT = 9902;

  static final int ZONES = 2;
  private static final int SSH_PORT = 22;

  private final Vpc vpc;
  private final Map<BalancerKind, SecurityGroup> groups = new EnumMap<>(BalancerKind.class);
  private final SecurityGroup targetGroup;
  private final Optional<SecurityGroup> front;

  Network(Construct scope, String id, Settings settings) {
    super(scope, id);
    Profile profile = settings.profile();
    Vpc.Builder over = Vpc.Builder.create(this, "Vpc");
    vpc =
        (settings.zones().isEmpty() ? over.maxAzs(ZONES) : over.availabilityZones(settings.zones()))
            .ipAddresses(IpAddresses.cidr(profile.vpcRange()))
            .natGateways(0)
            .subnetConfiguration(
                List.of(
                    SubnetConfiguration.builder()
                        .name("public")
                        .subnetType(SubnetType.PUBLIC)
                        .cidrMask(24)
                        .mapPublicIpOnLaunch(profile.publicAddresses())
                        .build()))
            // Closing it takes a Lambda function with a role; nothing here uses the default group.
            .restrictDefaultSecurityGroup(false)
            .build();
    for (BalancerKind kind : settings.compared()) {
      groups.put(kind, securityGroup(kind.prefix() + "SecurityGroup", kind.description()));
    }
    // Another text would replace the group, so it stays as it is beside four kinds.
    targetGroup = securityGroup("TargetSecurityGroup", "The targets of both balancers");

    front =
        settings.topology().balancer().scaling().isPresent()
            ? Optional.of(front(settings.ports(BalancerKind.LEADLINE)))
            : Optional.empty();

    groups.keySet().forEach(kind -> enter(entrance(kind), settings, settings.ports(kind)));
    Ports every = new Ports(APP_PORT, APP_PORT + settings.topology().mostTasks() - 1);
    for (Map.Entry<BalancerKind, SecurityGroup> balancer : groups.entrySet()) {
      // A Classic Load Balancer knows one port of an instance.
      Ports ports = balancer.getKey() == BalancerKind.CLB ? Ports.only(APP_PORT) : every;
      balancer
          .getValue()
          .getConnections()
          .allowTo(targetGroup, ports.rule(), "requests and health checks");
    }
    for (SecurityGroup instance : List.of(group(BalancerKind.LEADLINE), targetGroup)) {
      if (settings.keyName().isPresent()) {
        enter(instance, settings, Ports.only(SSH_PORT));
      }
      leave(instance);
    }
  }

  /** The group of the load balancer in front of Leadline's, which nothing else may reach then. */
  private SecurityGroup front(Ports listener) {
    SecurityGroup balancers = group(BalancerKind.LEADLINE);
    SecurityGroup made =
        securityGroup("FrontSecurityGroup", "The Network Load Balancer in front of Leadline");
    made.getConnections().allowTo(balancers, listener.rule(), "requests");
    made.getConnections().allowTo(balancers, Port.tcp(ADMIN_PORT), "health checks");
    balancers.getConnections().allowInternally(Port.udp(PEERS_PORT), "what each has in flight");
    return made;
  }

  private static void leave(SecurityGroup instance) {
    instance.addEgressRule(Peer.anyIpv4(), Port.tcp(443), "packages and AWS");
    instance.addEgressRule(Peer.anyIpv4(), Port.tcp(80), "packages");
  }

  Vpc vpc() {
    return vpc;
  }

  /** The security group of a kind of load balancer that the lab has. */
  SecurityGroup group(BalancerKind kind) {
    return Objects.requireNonNull(groups.get(kind));
  }

  /** The group of the load balancer in front of a group of Leadline's. */
  SecurityGroup frontGroup() {
    return front.orElseThrow();
  }

  /** The group whose listener clients reach: of Leadline's in a group, that of their front. */
  private SecurityGroup entrance(BalancerKind kind) {
    return front.filter(it -> kind == BalancerKind.LEADLINE).orElseGet(() -> group(kind));
  }

  SecurityGroup targetGroup() {
    return targetGroup;
  }

  /** The group of an instance that only asks. */
  SecurityGroup newGeneratorGroup() {
    SecurityGroup group = securityGroup("GeneratorSecurityGroup", "The load generator");
    leave(group);
    return group;
  }

  /**
   * Lets the load generator reach every balancer.
   *
   * @param from the group of the load generator's instance
   * @param scope of the rules: they are no part of the groups, because the address may be that of
   *     an instance in one of them
   * @param address its own, which may be a token
   */
  void letIn(Construct scope, SecurityGroup from, String address, Settings settings) {
    if (groups.containsKey(BalancerKind.NLB)) {
      // At its public addresses, and so not to a group; the others' ports every instance reaches.
      from.addEgressRule(
          Peer.anyIpv4(), settings.ports(BalancerKind.NLB).rule(), "Network Load Balancer");
    }
    groups
        .keySet()
        .forEach(
            kind -> {
              String name = kind == BalancerKind.LEADLINE ? "Leadline" : kind.prefix();
              letIn(scope, "To" + name, entrance(kind), settings.ports(kind), address);
            });
  }

  private static void letIn(
      Construct scope, String id, SecurityGroup group, Ports ports, String address) {
    CfnSecurityGroupIngress.Builder.create(scope, id)
        .groupId(group.getSecurityGroupId())
        .ipProtocol("tcp")
        .fromPort(ports.first())
        .toPort(ports.last())
        .cidrIp(Fn.join("", List.of(address, "/32")))
        .description("load generator")
        .build();
  }

  /** The zone of an instance: by turns, so that every cluster is in both. */
  ISubnet subnet(int number) {
    return vpc.getPublicSubnets().get(number % ZONES);
  }

  private static void enter(SecurityGroup group, Settings settings, Ports ports) {
    for (String range : settings.allowedCidrs()) {
      group.addIngressRule(Peer.ipv4(range), ports.rule(), "allowedCidr");
    }
  }

  private SecurityGroup securityGroup(String id, String description) {
    return SecurityGroup.Builder.create(this, id)
        .vpc(vpc)
        .description(description)
        .allowAllOutbound(false)
        .build();
  }
}
