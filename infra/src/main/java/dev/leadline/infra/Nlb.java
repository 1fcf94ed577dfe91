package dev.leadline.infra;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.cloudwatch.Color;
import software.amazon.awscdk.services.ec2.SubnetSelection;
import software.amazon.awscdk.services.ec2.SubnetType;
import software.amazon.awscdk.services.elasticloadbalancingv2.BaseNetworkListenerProps;
import software.amazon.awscdk.services.elasticloadbalancingv2.NetworkLoadBalancer;
import software.amazon.awscdk.services.elasticloadbalancingv2.NetworkTargetGroup;
import software.amazon.awscdk.services.elasticloadbalancingv2.Protocol;
import software.amazon.awscdk.services.elasticloadbalancingv2.TargetType;
import software.constructs.Construct;

/**
 * The Network Load Balancer: a TCP listener and a target group for each path, because it chooses a
 * target for a connection, before there is a request. So the topology's rules, stickiness and pages
 * are not its own.
 */
final class Nlb extends Construct {
  /** The first path's port; the others follow it, in their order. */
  static final int FIRST_PORT = 8081;

  private static final String TITLE = "Network Load Balancer";

  private final NetworkLoadBalancer loadBalancer;
  private final Map<ServedPath, NetworkTargetGroup> groups = new LinkedHashMap<>();

  Nlb(Construct scope, String id, Settings settings, Network network, List<ServedPath> paths) {
    super(scope, id);
    loadBalancer =
        NetworkLoadBalancer.Builder.create(this, "LoadBalancer")
            .vpc(network.vpc())
            .vpcSubnets(SubnetSelection.builder().subnetType(SubnetType.PUBLIC).build())
            .internetFacing(true)
            // One that is made without a group never gets one.
            .securityGroups(List.of(network.group(BalancerKind.NLB)))
            // As the others have it: each zone has half of the targets of a path, or fewer.
            .crossZoneEnabled(true)
            .build();
    int port = FIRST_PORT;
    for (ServedPath path : paths) {
      NetworkTargetGroup group = targetGroup(path, network, settings.profile().healthCheck());
      groups.put(path, group);
      // Known by its port: with other paths a listener forwards elsewhere. One that moved to
      // another port would meet the listener that still has it, which AWS refuses.
      loadBalancer.addListener(
          "listener-" + port,
          BaseNetworkListenerProps.builder()
              .port(port++)
              .protocol(Protocol.TCP)
              .defaultTargetGroups(List.of(group))
              .build());
    }
  }

  private NetworkTargetGroup targetGroup(
      ServedPath path, Network network, Profile.HealthCheck check) {
    NetworkTargetGroup group =
        NetworkTargetGroup.Builder.create(this, path.id())
            .vpc(network.vpc())
            .targetType(TargetType.INSTANCE)
            .protocol(Protocol.TCP)
            .port(Network.APP_PORT)
            .targets(path.targets().stream().map(TargetPort::ofElb).toList())
            .healthCheck(check.ofElb().build())
            // A load generator on a target's host could not reach that target with its own address.
            .preserveClientIp(false)
            .deregistrationDelay(Duration.seconds(30))
            .build();
    keepConnectionsOfUnhealthy(group);
    path.groups().forEach(it -> it.register(group.getTargetGroupArn()));
    return group;
  }

  /**
   * A health check that is late would reset all connections to that target; no other kind does.
   * They are kept for as long as a target is called draining, which is not at all by default.
   */
  static void keepConnectionsOfUnhealthy(NetworkTargetGroup group) {
    String state = "target_health_state.unhealthy.";
    group.setAttribute(state + "connection_termination.enabled", "false");
    group.setAttribute(state + "draining_interval_seconds", "300");
  }

  String arn() {
    return loadBalancer.getLoadBalancerArn();
  }

  /** Where each path is served, as JSON. */
  String urls() {
    Map<String, String> urls = new LinkedHashMap<>();
    int port = FIRST_PORT;
    for (ServedPath path : groups.keySet()) {
      Listener listener = new Listener("http", port++);
      urls.put(path.path(), listener.url(loadBalancer.getLoadBalancerDnsName()));
    }
    return Stack.of(this).toJsonString(urls);
  }

  /** The ARN of each path's target group, by the path's id. */
  Map<String, String> targetGroupArns() {
    Map<String, String> arns = new LinkedHashMap<>();
    groups.forEach((path, group) -> arns.put(path.id(), group.getTargetGroupArn()));
    return arns;
  }

  /** The target group of each path, as CloudWatch names it, as JSON. */
  String targetGroups() {
    Map<String, String> names = new LinkedHashMap<>();
    groups.forEach((path, group) -> names.put(path.path(), group.getTargetGroupFullName()));
    return Stack.of(this).toJsonString(names);
  }

  BalancerMetrics metrics() {
    Map<String, String> balancer = Map.of("LoadBalancer", loadBalancer.getLoadBalancerFullName());
    Map<String, Map<String, String>> ofGroups = new LinkedHashMap<>();
    groups.forEach(
        (path, group) -> {
          if (path.ofOneCluster()) {
            Map<String, String> dimensions = new HashMap<>(balancer);
            dimensions.put("TargetGroup", group.getTargetGroupFullName());
            ofGroups.put(path.id(), dimensions);
          }
        });
    return new BalancerMetrics(
        "nlb",
        TITLE,
        Color.GREEN,
        BalancerMetrics.Names.NETWORK,
        "AWS/NetworkELB",
        balancer,
        ofGroups);
  }
}
