package dev.leadline.infra;

import java.util.List;
import software.amazon.awscdk.services.ec2.SubnetSelection;
import software.amazon.awscdk.services.ec2.SubnetType;
import software.amazon.awscdk.services.elasticloadbalancingv2.BaseNetworkListenerProps;
import software.amazon.awscdk.services.elasticloadbalancingv2.NetworkListener;
import software.amazon.awscdk.services.elasticloadbalancingv2.NetworkLoadBalancer;
import software.amazon.awscdk.services.elasticloadbalancingv2.NetworkTargetGroup;
import software.amazon.awscdk.services.elasticloadbalancingv2.Protocol;
import software.amazon.awscdk.services.elasticloadbalancingv2.TargetType;
import software.constructs.Construct;

/**
 * The Network Load Balancer that stands in front of a group of our own balancers: TCP on the port
 * that one of them has alone. It passes over who does not call itself ready, and says who the
 * client is with a PROXY header.
 */
final class BalancerFront extends Construct {
  private final Listener spoken;
  private final NetworkLoadBalancer loadBalancer;
  private final NetworkTargetGroup balancers;

  BalancerFront(Construct scope, String id, Settings settings, Network network, LabGroup group) {
    super(scope, id);
    spoken = settings.balancerListener();
    Profile.HealthCheck check = settings.profile().healthCheck();
    loadBalancer =
        NetworkLoadBalancer.Builder.create(this, "LoadBalancer")
            .vpc(network.vpc())
            .vpcSubnets(SubnetSelection.builder().subnetType(SubnetType.PUBLIC).build())
            .internetFacing(true)
            // One that is made without a group never gets one.
            .securityGroups(List.of(network.frontGroup()))
            // A zone with fewer balancers would give each of them more.
            .crossZoneEnabled(true)
            .build();
    balancers =
        NetworkTargetGroup.Builder.create(this, "Balancers")
            .vpc(network.vpc())
            .targetType(TargetType.INSTANCE)
            .protocol(Protocol.TCP)
            .port(spoken.port())
            .healthCheck(
                check
                    .ofElb()
                    .port(Integer.toString(Network.ADMIN_PORT))
                    .path("/ready")
                    // One more than a target: a balancer that is late takes all its clients with
                    // it.
                    .unhealthyThresholdCount(check.unhealthy() + 1)
                    .build())
            .proxyProtocolV2(true)
            // The header names the client. A client on a balancer's own host could not reach that
            // balancer with its own address.
            .preserveClientIp(false)
            .deregistrationDelay(settings.profile().membership().deregistrationDelay())
            // What has not ended by then would end without a word with the instance.
            .connectionTermination(true)
            .build();
    Nlb.keepConnectionsOfUnhealthy(balancers);
    NetworkListener listener =
        loadBalancer.addListener(
            "Listener",
            BaseNetworkListenerProps.builder()
                .port(spoken.port())
                .protocol(Protocol.TCP)
                .defaultTargetGroups(List.of(balancers))
                .build());
    group.register(balancers.getTargetGroupArn());
    // No instance is healthy in a target group that no listener uses.
    group.after(listener);
  }

  String url() {
    return spoken.url(loadBalancer.getLoadBalancerDnsName());
  }

  String arn() {
    return loadBalancer.getLoadBalancerArn();
  }

  String targetGroupArn() {
    return balancers.getTargetGroupArn();
  }
}
