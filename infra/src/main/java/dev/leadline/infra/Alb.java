package dev.leadline.infra;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.services.cloudwatch.Color;
import software.amazon.awscdk.services.ec2.SubnetSelection;
import software.amazon.awscdk.services.ec2.SubnetType;
import software.amazon.awscdk.services.elasticloadbalancingv2.ApplicationListener;
import software.amazon.awscdk.services.elasticloadbalancingv2.ApplicationListenerRule;
import software.amazon.awscdk.services.elasticloadbalancingv2.ApplicationLoadBalancer;
import software.amazon.awscdk.services.elasticloadbalancingv2.ApplicationProtocol;
import software.amazon.awscdk.services.elasticloadbalancingv2.ApplicationTargetGroup;
import software.amazon.awscdk.services.elasticloadbalancingv2.BaseApplicationListenerProps;
import software.amazon.awscdk.services.elasticloadbalancingv2.ListenerAction;
import software.amazon.awscdk.services.elasticloadbalancingv2.ListenerCertificate;
import software.amazon.awscdk.services.elasticloadbalancingv2.ListenerCondition;
import software.amazon.awscdk.services.elasticloadbalancingv2.SslPolicy;
import software.amazon.awscdk.services.elasticloadbalancingv2.TargetType;
import software.amazon.awscdk.services.elasticloadbalancingv2.WeightedTargetGroup;
import software.constructs.Construct;

/**
 * The Application Load Balancer: the topology's rules, and a rule and a target group for each
 * cluster.
 */
final class Alb extends Construct {
  private static final String TITLE = "Application Load Balancer";

  private final ApplicationLoadBalancer loadBalancer;
  private final Listener spoken;
  private final Map<Topology.Cluster, ApplicationTargetGroup> groups = new LinkedHashMap<>();

  private final Optional<ApplicationTargetGroup> mixed;

  Alb(Construct scope, String id, Settings settings, Network network, List<ServedPath> paths) {
    super(scope, id);
    spoken = settings.albListener();
    loadBalancer =
        ApplicationLoadBalancer.Builder.create(this, "LoadBalancer")
            .vpc(network.vpc())
            .vpcSubnets(SubnetSelection.builder().subnetType(SubnetType.PUBLIC).build())
            .internetFacing(true)
            .securityGroup(network.group(BalancerKind.ALB))
            // Headers that are none: what one server of a chain reads otherwise than the next.
            .dropInvalidHeaderFields(true)
            .build();
    if (settings.profile().loadBalancerLogs()) {
      new AccessLogs(this, "AccessLogs").of(loadBalancer);
    }
    Topology topology = settings.topology();
    Profile.HealthCheck check = settings.profile().healthCheck();
    for (int i = 0; i < topology.clusters().size(); i++) {
      Topology.Cluster cluster = topology.clusters().get(i);
      groups.put(cluster, targetGroup(paths.get(i), cluster.stickiness(), network, check));
    }
    // Weights of the clusters' groups would be wrong as soon as one of them grows.
    mixed =
        topology.mixed() && topology.hasGroupsOfTargets()
            ? Optional.of(
                targetGroup(paths.get(paths.size() - 1), Optional.empty(), network, check))
            : Optional.empty();
    AlbRules rules = new AlbRules(groups);
    Optional<String> certificate = settings.certificates().alb();
    ApplicationListener listener =
        loadBalancer.addListener(
            "Listener",
            BaseApplicationListenerProps.builder()
                .protocol(
                    certificate.isEmpty() ? ApplicationProtocol.HTTP : ApplicationProtocol.HTTPS)
                .port(spoken.port())
                .certificates(certificate.map(ListenerCertificate::fromArn).stream().toList())
                .sslPolicy(certificate.isEmpty() ? null : SslPolicy.TLS13_12_PQ)
                .open(false)
                .defaultAction(rules.action(topology.defaultAction().orElseGet(FrontPage::noRule)))
                .build());

    for (int i = 0; i < topology.rules().size(); i++) {
      ListenerRule rule = topology.rules().get(i);
      rule(
          listener,
          "rule-" + (i + 1),
          AlbRules.priority(i),
          AlbRules.conditions(rule.when()),
          rules.action(rule.action()));
    }
    int priority = AlbRules.firstPriorityOfClusters(topology.rules().size());
    for (Map.Entry<Topology.Cluster, ApplicationTargetGroup> entry : groups.entrySet()) {
      Topology.Cluster cluster = entry.getKey();
      rule(
          listener,
          cluster.name() + "-rule",
          priority,
          paths(cluster.pathPatterns()),
          ListenerAction.forward(List.of(entry.getValue())));
      priority += AlbRules.STEP;
    }
    if (topology.mixed()) {
      rule(
          listener,
          "mixed-rule",
          priority,
          paths(Topology.patternsOf(Topology.MIXED_PATH)),
          mixed.map(it -> ListenerAction.forward(List.of(it))).orElseGet(this::toEveryCluster));
      priority += AlbRules.STEP;
    }
    Optional<ListenerRule> page = FrontPage.rule(topology, TITLE);
    if (page.isPresent()) {
      rule(
          listener,
          "page-rule",
          priority,
          AlbRules.conditions(page.get().when()),
          rules.action(page.get().action()));
    }
  }

  private ListenerAction toEveryCluster() {
    return ListenerAction.weightedForward(
        groups.entrySet().stream()
            .map(
                entry ->
                    WeightedTargetGroup.builder()
                        .targetGroup(entry.getValue())
                        .weight(entry.getKey().count() * entry.getKey().tasks())
                        .build())
            .toList());
  }

  /** The ARN of each target group, by the path's id. */
  Map<String, String> targetGroupArns() {
    Map<String, String> arns = new LinkedHashMap<>();
    groups.forEach((cluster, group) -> arns.put(cluster.name(), group.getTargetGroupArn()));
    mixed.ifPresent(it -> arns.put(ServedPath.MIXED, it.getTargetGroupArn()));
    return arns;
  }

  String url() {
    return spoken.url(loadBalancer.getLoadBalancerDnsName());
  }

  String arn() {
    return loadBalancer.getLoadBalancerArn();
  }

  BalancerMetrics metrics() {
    Map<String, String> balancer = Map.of("LoadBalancer", loadBalancer.getLoadBalancerFullName());
    Map<String, Map<String, String>> ofGroups = new LinkedHashMap<>();
    groups.forEach(
        (cluster, group) -> {
          Map<String, String> dimensions = new HashMap<>(balancer);
          dimensions.put("TargetGroup", group.getTargetGroupFullName());
          ofGroups.put(cluster.name(), dimensions);
        });
    return new BalancerMetrics(
        "alb",
        TITLE,
        Color.BLUE,
        BalancerMetrics.Names.APPLICATION,
        "AWS/ApplicationELB",
        balancer,
        ofGroups);
  }

  private ApplicationTargetGroup targetGroup(
      ServedPath path,
      Optional<Stickiness> stickiness,
      Network network,
      Profile.HealthCheck check) {
    ApplicationTargetGroup group =
        ApplicationTargetGroup.Builder.create(this, path.id())
            .vpc(network.vpc())
            .targetType(TargetType.INSTANCE)
            .protocol(ApplicationProtocol.HTTP)
            .port(Network.APP_PORT)
            .targets(path.targets().stream().map(TargetPort::ofElb).toList())
            .healthCheck(check.ofElb().build())
            .stickinessCookieDuration(
                stickiness.map(it -> Duration.seconds(it.duration().toSeconds())).orElse(null))
            .stickinessCookieName(stickiness.flatMap(Stickiness::applicationCookie).orElse(null))
            // Requests here take less than seconds; the default of five minutes only delays a
            // destroy.
            .deregistrationDelay(Duration.seconds(30))
            .build();
    path.groups().forEach(it -> it.register(group.getTargetGroupArn()));
    return group;
  }

  private void rule(
      ApplicationListener listener,
      String id,
      int priority,
      List<ListenerCondition> conditions,
      ListenerAction action) {
    ApplicationListenerRule.Builder.create(this, id)
        .listener(listener)
        .priority(priority)
        .conditions(conditions)
        .action(action)
        .build();
  }

  private static List<ListenerCondition> paths(List<String> patterns) {
    return List.of(ListenerCondition.pathPatterns(patterns));
  }
}
