package dev.leadline.infra;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.cloudwatch.Color;
import software.amazon.awscdk.services.ec2.Instance;
import software.amazon.awscdk.services.ec2.SelectedSubnets;
import software.amazon.awscdk.services.ec2.SubnetSelection;
import software.amazon.awscdk.services.ec2.SubnetType;
import software.amazon.awscdk.services.elasticloadbalancing.CfnLoadBalancer;
import software.amazon.awscdk.services.elasticloadbalancing.CfnLoadBalancer.ConnectionDrainingPolicyProperty;
import software.amazon.awscdk.services.elasticloadbalancing.CfnLoadBalancer.HealthCheckProperty;
import software.amazon.awscdk.services.elasticloadbalancing.CfnLoadBalancer.ListenersProperty;
import software.constructs.Construct;

/**
 * Classic Load Balancers: one for each path, because each has one set of instances, at one port of
 * theirs, and no rules. The CDK's own construct is not used: it makes a security group that
 * everybody may enter.
 */
final class Clb extends Construct {
  private static final String TITLE = "Classic Load Balancer";
  private static final String HTTP = "HTTP";
  private static final int DRAINING_SECONDS = 30;

  private final Listener spoken;
  private final Map<ServedPath, CfnLoadBalancer> loadBalancers = new LinkedHashMap<>();

  Clb(Construct scope, String id, Settings settings, Network network, List<ServedPath> paths) {
    super(scope, id);
    spoken = Listener.of(settings.profile(), false);
    for (ServedPath path : paths) {
      loadBalancers.put(path, loadBalancer(path, network, settings.profile().healthCheck()));
    }
  }

  private CfnLoadBalancer loadBalancer(
      ServedPath path, Network network, Profile.HealthCheck check) {
    SelectedSubnets subnets =
        network
            .vpc()
            .selectSubnets(SubnetSelection.builder().subnetType(SubnetType.PUBLIC).build());
    CfnLoadBalancer made =
        CfnLoadBalancer.Builder.create(this, path.id())
            .scheme("internet-facing")
            .subnets(subnets.getSubnetIds())
            .securityGroups(List.of(network.group(BalancerKind.CLB).getSecurityGroupId()))
            .crossZone(true)
            .instances(path.instances().stream().map(Instance::getInstanceId).toList())
            .listeners(
                List.of(
                    ListenersProperty.builder()
                        .loadBalancerPort(Integer.toString(spoken.port()))
                        .protocol(HTTP)
                        .instancePort(Integer.toString(Network.APP_PORT))
                        .instanceProtocol(HTTP)
                        .build()))
            .healthCheck(
                HealthCheckProperty.builder()
                    .target("%s:%d%s".formatted(HTTP, Network.APP_PORT, check.path()))
                    .interval(seconds(check.interval()))
                    .timeout(seconds(check.timeout()))
                    .healthyThreshold(Integer.toString(check.healthy()))
                    .unhealthyThreshold(Integer.toString(check.unhealthy()))
                    .build())
            .connectionDrainingPolicy(
                ConnectionDrainingPolicyProperty.builder()
                    .enabled(true)
                    .timeout(DRAINING_SECONDS)
                    .build())
            .build();
    path.groups().forEach(it -> it.registerClassic(made.getRef()));
    made.getNode().addDependency(subnets.getInternetConnectivityEstablished());
    return made;
  }

  private static String seconds(Duration duration) {
    return Long.toString(duration.toSeconds().longValue());
  }

  /** Where each path is served, as JSON. */
  String urls() {
    Map<String, String> urls = new LinkedHashMap<>();
    loadBalancers.forEach((path, it) -> urls.put(path.path(), spoken.url(it.getAttrDnsName())));
    return Stack.of(this).toJsonString(urls);
  }

  /** The name of each path's load balancer, as JSON. */
  String names() {
    Map<String, String> names = new LinkedHashMap<>();
    loadBalancers.forEach((path, it) -> names.put(path.path(), it.getRef()));
    return Stack.of(this).toJsonString(names);
  }

  /** Those of each path's load balancer: figures of several cannot be put together. */
  List<BalancerMetrics> metrics() {
    List<BalancerMetrics> all = new ArrayList<>();
    loadBalancers.forEach(
        (path, it) -> {
          Map<String, String> dimensions = Map.of("LoadBalancerName", it.getRef());
          all.add(
              new BalancerMetrics(
                  "clb-" + path.id(),
                  TITLE + " " + path.path(),
                  Color.PURPLE,
                  BalancerMetrics.Names.CLASSIC,
                  "AWS/ELB",
                  dimensions,
                  path.ofOneCluster() ? Map.of(path.id(), dimensions) : Map.of()));
        });
    return all;
  }
}
