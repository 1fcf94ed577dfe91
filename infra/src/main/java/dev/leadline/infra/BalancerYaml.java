package dev.leadline.infra;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import software.amazon.awscdk.Stack;

/**
 * The balancer's configuration file, in the form docs/configuration.md gives. A value that exists
 * only on the instance, such as its id, is a placeholder that balancer.sh replaces.
 */
final class BalancerYaml {
  static final String NAMESPACE = "Leadline";

  /**
   * Name of the group over all targets; a cluster cannot have it, names of clusters are checked.
   */
  static final String MIXED_GROUP = "all_targets";

  /** Stands for the lab's own, which balancer.sh writes in its place. */
  private static final String FIRST_POLICY = "\"leadline\"";

  private static final int WARM_UP_REQUESTS = 5000;

  /**
   * As long as an ALB keeps an idle connection; the application keeps it longer, see
   * userdata/common.sh.
   */
  private static final int KEEP_ALIVE_SECONDS = 60;

  /** Our balancer reads no YAML with more. */
  private static final int MOST_REFERENCES = 50;

  /** More targets than these stand in one line for each group: a start script may not be long. */
  private static final int MOST_LINES = 20;

  /** The target on the balancer's own host, whose id and address its script cannot refer to. */
  private static final String OWN_TARGET =
      "{id: \"@INSTANCE_ID@\", address: \"@LOOPBACK_HOST@\", port: %d}".formatted(Network.APP_PORT);

  private static final ObjectMapper JSON = new ObjectMapper();

  private BalancerYaml() {}

  /** That of a balancer alone. */
  static String render(Settings settings, Fleet fleet, Map<String, String> targetGroups) {
    String places =
        """
        listener: {host: "@LISTEN_HOST@", port: %d}
        admin: {host: "@LOOPBACK_HOST@", port: %d}
        """
            .formatted(settings.balancerListener().port(), Network.ADMIN_PORT);
    return places + after(settings, fleet, targetGroups, "@INSTANCE_ID@");
  }

  /**
   * That of a balancer in a group: the load balancer in front says who the client is, and looks at
   * the admin port. Nothing else reaches either, see {@link Network}.
   */
  static String renderMember(
      Settings settings, Fleet fleet, Map<String, String> targetGroups, Stack stack) {
    String places =
        """
        listener: {host: "@LISTEN_HOST@", port: %d, proxyProtocol: {from: ["%s"]}}
        admin: {host: "@LISTEN_HOST@", port: %d}
        peers:
          host: "@LISTEN_HOST@"
          port: %d
          secretFile: "@HOME@/group.secret"
          membersFrom: {tags: {"%s": "%s", "leadline:role": balancer}}
        timeouts: {shutdownDelay: %ds}
        """
            .formatted(
                settings.balancerListener().port(),
                settings.profile().frontRange(),
                Network.ADMIN_PORT,
                Network.PEERS_PORT,
                LeadlineStack.LAB_TAG,
                stack.getNode().getId(),
                settings.profile().membership().shutdownDelay().toSeconds().intValue());
    return places + after(settings, fleet, targetGroups, BalancerGroup.name(stack));
  }

  /** What does not depend on who stands in front; {@code name} is its own in CloudWatch. */
  private static String after(
      Settings settings, Fleet fleet, Map<String, String> targetGroups, String name) {
    Profile.HealthCheck check = settings.profile().healthCheck();
    StringBuilder yaml = new StringBuilder();
    yaml.append(
        """
        warmUp: {url: "http://@LOOPBACK_HOST@:%d%s", requests: %d, beforeListening: true}
        cloudwatch:
          namespace: %s
          dimensions: {Balancer: "%s"}
          interval: 15s
        connections: {keepAlive: %ss}
        targetGroups:
        """
            .formatted(
                Network.APP_PORT,
                check.path(),
                WARM_UP_REQUESTS,
                NAMESPACE,
                name,
                KEEP_ALIVE_SECONDS));
    Topology topology = settings.topology();
    boolean mixed = topology.mixed();
    int listedTargets = topology.clusters().stream().mapToInt(it -> it.count() * it.tasks()).sum();
    // A start script may not be long.
    int references = listedTargets + topology.clusters().size();
    boolean byReference = mixed && !topology.hasGroupsOfTargets() && references <= MOST_REFERENCES;
    String checks = healthCheck(check);
    List<String> all = new ArrayList<>();
    for (Topology.Cluster cluster : topology.clusters()) {
      if (cluster.scaling().isPresent()) {
        String from = targetsFrom(targetGroups, cluster.name());
        group(yaml, cluster.name(), checks, cluster.stickiness(), from);
        continue;
      }
      List<String> written =
          new ArrayList<>(
              fleet.targets(cluster).stream().map(it -> target(it, cluster.tasks())).toList());
      if (topology.hostsBalancer(cluster)) {
        written.add(OWN_TARGET);
      }
      List<String> targets = new ArrayList<>();
      String checked = !byReference ? checks : all.isEmpty() ? "&check " + checks : "*check";
      for (String target : written) {
        String anchor = "t" + all.size();
        targets.add(byReference ? "&" + anchor + " " + target : target);
        all.add(byReference ? "*" + anchor : target);
      }
      boolean inLines = listedTargets <= MOST_LINES;
      String listed = inLines ? "\n    - " + String.join("\n    - ", targets) : " " + targets;
      group(yaml, cluster.name(), checked, cluster.stickiness(), "targets:" + listed);
    }
    if (mixed) {
      // One group over all, not a share for each cluster: uneven targets are where routing shows.
      String checked = byReference ? "*check" : checks;
      String listed =
          topology.hasGroupsOfTargets()
              ? targetsFrom(targetGroups, ServedPath.MIXED)
              : "targets: " + all;
      group(yaml, MIXED_GROUP, checked, Optional.empty(), listed);
    }
    yaml.append("rules:\n");
    settings.topology().rules().forEach(it -> written(yaml, it));
    topology.clusters().forEach(cluster -> rule(yaml, cluster.pathPatterns(), cluster.name()));
    if (mixed) {
      rule(yaml, Topology.patternsOf(Topology.MIXED_PATH), MIXED_GROUP);
    }
    FrontPage.rule(settings.topology(), "Leadline").ifPresent(it -> written(yaml, it));
    settings
        .topology()
        .defaultAction()
        .ifPresent(it -> yaml.append("defaultAction: " + safe(it.written()) + "\n"));
    return yaml.toString();
  }

  private static void group(
      StringBuilder yaml,
      String name,
      String healthCheck,
      Optional<Stickiness> stickiness,
      String targets) {
    yaml.append(
        """
          - name: %s
            policy: %s
            healthCheck: %s
        """
            .formatted(name, FIRST_POLICY, healthCheck));
    stickiness.ifPresent(
        it ->
            yaml.append(
                "    stickiness: {key: \"@SECRET@\", duration: %ds%s}\n"
                    .formatted(
                        it.duration().toSeconds(),
                        it.applicationCookie()
                            .map(cookie -> ", applicationCookie: " + safe(cookie))
                            .orElse(""))));
    yaml.append("    ").append(targets).append('\n');
  }

  /** Targets that come and go: AWS knows them, and which of them are about to leave. */
  private static String targetsFrom(Map<String, String> targetGroups, String id) {
    return "targetsFrom: {targetGroup: \"%s\"}".formatted(targetGroups.get(id));
  }

  private static String healthCheck(Profile.HealthCheck check) {
    return "{path: %s, interval: %ss, timeout: %ss, healthyThreshold: %d, unhealthyThreshold: %d}"
        .formatted(
            check.path(),
            check.interval().toSeconds(),
            check.timeout().toSeconds(),
            check.healthy(),
            check.unhealthy());
  }

  private static String target(TargetPort target, int tasks) {
    String instance = target.instance().getInstanceId();
    // As it is called where AWS is asked for the targets.
    String id = tasks == 1 ? instance : "\"%s:%d\"".formatted(instance, target.port());
    return "{id: %s, address: %s, port: %d}"
        .formatted(id, target.instance().getInstancePrivateIp(), target.port());
  }

  private static void written(StringBuilder yaml, ListenerRule rule) {
    yaml.append("  - ").append(safe(rule.written())).append('\n');
  }

  private static void rule(StringBuilder yaml, List<String> paths, String group) {
    yaml.append("  - {paths: %s, forward: %s}\n".formatted(json(paths), group));
  }

  /** What a user wrote, in which nothing can be taken for a placeholder. */
  private static String safe(Object value) {
    return json(value).replace("@", "\\u0040");
  }

  /** A policy as balancer.sh takes it: a name, or JSON. */
  static String policy(Object policy) {
    return policy instanceof String name ? name : json(policy);
  }

  /** JSON is YAML too. */
  private static String json(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException unexpected) {
      throw new IllegalArgumentException(unexpected);
    }
  }
}
