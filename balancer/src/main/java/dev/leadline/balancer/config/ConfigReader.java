package dev.leadline.balancer.config;

import dev.leadline.balancer.config.BalancerConfig.Address;
import dev.leadline.balancer.config.BalancerConfig.CloudWatch;
import dev.leadline.balancer.config.BalancerConfig.Connections;
import dev.leadline.balancer.config.BalancerConfig.ExtraRequests;
import dev.leadline.balancer.config.BalancerConfig.Group;
import dev.leadline.balancer.config.BalancerConfig.HealthCheck;
import dev.leadline.balancer.config.BalancerConfig.Rule;
import dev.leadline.balancer.config.BalancerConfig.Timeouts;
import dev.leadline.balancer.config.BalancerConfig.Tls;
import dev.leadline.balancer.config.BalancerConfig.WarmUp;
import dev.leadline.balancer.config.BalancerConfig.WeightedGroup;
import dev.leadline.routing.GroupSettings;
import dev.leadline.routing.health.HealthThresholds;
import dev.leadline.routing.policy.PolicyType;
import dev.leadline.routing.policy.RoutingPolicy;
import dev.leadline.routing.policy.builtin.Policies;
import dev.leadline.routing.target.Target;
import dev.leadline.routing.target.TargetGroup;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.MalformedInputException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Reads the configuration file: the one place that knows its keys, defaults and limits. */
public final class ConfigReader {

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._/:-]{1,128}");
  private static final String NAME_ALLOWED = "1 to 128 letters, digits or the characters . _ / : -";
  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._:%-]{1,253}");
  private static final String HOST_ALLOWED = "a host name or an IP address";
  private static final Pattern PATH = Pattern.compile("/[!-~]*");
  private static final String PATH_ALLOWED = "a path that begins with / and has no spaces";
  private static final Pattern PATH_PATTERN = Pattern.compile("[/*][!-~]*");
  private static final String PATH_PATTERN_ALLOWED =
      "a pattern that begins with / or *, where * stands for any characters and ? for one";
  private static final Pattern DIMENSION = Pattern.compile("[!-~]([ -~]{0,253}[!-~])?");
  private static final String DIMENSION_ALLOWED = "1 to 255 visible ASCII characters";
  private static final int MAX_DIMENSIONS = 29; // CloudWatch takes 30; one is the target group.

  private ConfigReader() {}

  /**
   * Reads a file.
   *
   * @throws ConfigException if it cannot be read or used; the message says what to change
   */
  public static BalancerConfig read(Path file) {
    if (Files.isDirectory(file)) {
      throw new ConfigException(file + ": this is a directory; name a file");
    }
    try {
      return parse(file.toString(), Files.readString(file));
    } catch (NoSuchFileException e) {
      throw new ConfigException(file + ": there is no such file");
    } catch (AccessDeniedException e) {
      throw new ConfigException(file + ": this user may not read it");
    } catch (MalformedInputException e) {
      throw new ConfigException(file + ": the file is not UTF-8 text");
    } catch (IOException e) {
      throw new ConfigException(file + ": cannot be read: " + e.getMessage());
    }
  }

  /**
   * Reads a text.
   *
   * @param file how messages name it
   * @throws ConfigException if it cannot be used; the message says what to change
   */
  public static BalancerConfig parse(String file, String yaml) {
    YamlNode.Mapping root = YamlParser.parse(file, yaml).mapping("keys with values");
    YamlNode listenerNode = root.required("listener", "{host, port}");
    YamlNode.Mapping listenerKeys = listenerNode.mapping("{host, port, loops, tls}");
    Optional<Tls> tls = listenerKeys.optional("tls").map(ConfigReader::tls);
    int loops = listenerKeys.optional("loops").map(node -> node.integer(1, 64)).orElse(1);
    Address listener = address(listenerNode, "0.0.0.0");
    var admin = root.optional("admin").map(node -> address(node, "127.0.0.1"));
    var warmUp = root.optional("warmUp").map(ConfigReader::warmUp);
    var cloudWatch = root.optional("cloudwatch").map(ConfigReader::cloudWatch);
    Connections connections =
        root.optional("connections").map(ConfigReader::connections).orElse(DEFAULT_CONNECTIONS);
    Timeouts timeouts =
        root.optional("timeouts").map(ConfigReader::timeouts).orElse(DEFAULT_TIMEOUTS);
    List<Group> groups = groups(root.required("targetGroups", "a list of target groups"));
    Set<String> names =
        groups.stream().map(Group::name).collect(Collectors.toCollection(TreeSet::new));
    List<Rule> rules = new ArrayList<>();
    for (YamlNode rule : root.required("rules", "a list of rules").list("a list of rules")) {
      rules.add(rule(rule, names));
    }
    root.refuseUnknownKeys();
    return new BalancerConfig(
        listener,
        loops,
        tls,
        admin,
        warmUp,
        cloudWatch,
        connections,
        timeouts,
        groups,
        List.copyOf(rules));
  }

  private static final Connections DEFAULT_CONNECTIONS =
      new Connections(1024, Duration.ofSeconds(4));
  private static final Timeouts DEFAULT_TIMEOUTS =
      new Timeouts(Duration.ofSeconds(10), Duration.ofSeconds(60), Duration.ofSeconds(30));

  private static Address address(YamlNode node, String defaultHost) {
    YamlNode.Mapping map = node.mapping("{host, port}");
    String host = map.optional("host").map(n -> n.text(HOST, HOST_ALLOWED)).orElse(defaultHost);
    int port = map.required("port", "a port from 0 to 65535").integer(0, 65535);
    map.refuseUnknownKeys();
    return new Address(host, port);
  }

  private static Tls tls(YamlNode node) {
    YamlNode.Mapping map = node.mapping("{certificate, key}");
    Tls tls =
        new Tls(
            pem(map.required("certificate", "the PEM file of a certificate")),
            pem(map.required("key", "the PEM file of the certificate's private key")));
    map.refuseUnknownKeys();
    return tls;
  }

  private static Path pem(YamlNode node) {
    Path file = Path.of(node.text("the name of a PEM file"));
    if (!Files.isRegularFile(file)) {
      throw node.error("is '" + file + "'; there is no such file");
    }
    if (!Files.isReadable(file)) {
      throw node.error(
          "is '" + file + "'; this user may not read it: make it the owner of the file");
    }
    return file;
  }

  private static WarmUp warmUp(YamlNode node) {
    YamlNode.Mapping map = node.mapping("{url, requests}");
    YamlNode url = map.required("url", "a URL such as http://127.0.0.1:8000/health");
    int requests = map.optional("requests").map(n -> n.integer(1, 100_000)).orElse(5000);
    map.refuseUnknownKeys();
    return new WarmUp(httpUrl(url), requests);
  }

  private static URI httpUrl(YamlNode node) {
    String allowed = "a URL such as http://127.0.0.1:8000/health";
    String text = node.text(allowed);
    try {
      URI url = URI.create(text);
      if ("http".equals(url.getScheme()) && url.getHost() != null) {
        return url;
      }
    } catch (IllegalArgumentException e) {
      // Falls through to the one message for everything that is not such a URL.
    }
    throw node.error("is '" + text + "'; allowed: " + allowed);
  }

  private static CloudWatch cloudWatch(YamlNode node) {
    YamlNode.Mapping map = node.mapping("{namespace, dimensions, interval}");
    String namespace =
        map.optional("namespace").map(n -> n.text(NAME, NAME_ALLOWED)).orElse("Leadline");
    YamlNode dimensionsNode = map.required("dimensions", "at least one name with its value");
    Map<String, String> dimensions = new LinkedHashMap<>();
    dimensionsNode
        .mapping("names with values")
        .all()
        .forEach((name, value) -> dimensions.put(name, value.text(DIMENSION, DIMENSION_ALLOWED)));
    if (dimensions.isEmpty() || dimensions.size() > MAX_DIMENSIONS) {
      throw dimensionsNode.error(
          "has " + dimensions.size() + " entries; allowed: 1 to " + MAX_DIMENSIONS);
    }
    if (dimensions.containsKey("TargetGroup")) {
      throw dimensionsNode.error("has TargetGroup, which the balancer adds itself; remove it");
    }
    Duration interval =
        map.optional("interval")
            .map(n -> n.duration(Duration.ofSeconds(1), Duration.ofMinutes(1)))
            .orElse(Duration.ofSeconds(15));
    map.refuseUnknownKeys();
    return new CloudWatch(namespace, dimensions, interval);
  }

  private static Connections connections(YamlNode node) {
    YamlNode.Mapping map = node.mapping("{perTarget, keepAlive}");
    Connections connections =
        new Connections(
            map.optional("perTarget")
                .map(n -> n.integer(1, 60_000))
                .orElse(DEFAULT_CONNECTIONS.perTarget()),
            map.optional("keepAlive")
                .map(n -> n.duration(Duration.ofMillis(100), Duration.ofMinutes(60)))
                .orElse(DEFAULT_CONNECTIONS.keepAlive()));
    map.refuseUnknownKeys();
    return connections;
  }

  private static Timeouts timeouts(YamlNode node) {
    YamlNode.Mapping map = node.mapping("{connect, idle, shutdown}");
    Timeouts timeouts =
        new Timeouts(
            map.optional("connect")
                .map(n -> n.duration(Duration.ofMillis(10), Duration.ofMinutes(2)))
                .orElse(DEFAULT_TIMEOUTS.connect()),
            map.optional("idle")
                .map(n -> n.duration(Duration.ofMillis(100), Duration.ofMinutes(66)))
                .orElse(DEFAULT_TIMEOUTS.idle()),
            map.optional("shutdown")
                .map(n -> n.duration(Duration.ZERO, Duration.ofMinutes(60)))
                .orElse(DEFAULT_TIMEOUTS.shutdown()));
    map.refuseUnknownKeys();
    return timeouts;
  }

  private static List<Group> groups(YamlNode node) {
    List<Group> groups = new ArrayList<>();
    Set<String> names = new TreeSet<>();
    for (YamlNode item : node.list("a list of target groups")) {
      YamlNode.Mapping map =
          item.mapping("{name, policy, healthCheck, targets, " + RoutingReader.KEYS + "}");
      YamlNode nameNode = map.required("name", NAME_ALLOWED);
      String name = nameNode.text(NAME, NAME_ALLOWED);
      if (!names.add(name)) {
        throw nameNode.error("is '" + name + "', as another group's; names are unique");
      }
      RoutingPolicy policy =
          map.optional("policy").map(ConfigReader::policy).orElse(Policies.DEFAULT);
      HealthCheck healthCheck =
          map.optional("healthCheck").map(ConfigReader::healthCheck).orElse(DEFAULT_HEALTH_CHECK);
      GroupSettings routing =
          RoutingReader.routing(
              map, GroupSettings.of(policy).withThresholds(healthCheck.thresholds()));
      ExtraRequests extra = RoutingReader.extra(map);
      List<Target> targets = targets(map.required("targets", "a list of targets, [] for none"));
      map.refuseUnknownKeys();
      groups.add(new Group(new TargetGroup(name, targets), routing, healthCheck, extra));
    }
    return List.copyOf(groups);
  }

  private static RoutingPolicy policy(YamlNode node) {
    if (node.isScalar()) {
      return policyType(node).factory().apply(new YamlPolicySettings(null));
    }
    YamlNode.Mapping map = node.mapping("a policy's name, or {name, and its settings}");
    YamlNode name = map.required("name", "one of " + policyNames());
    RoutingPolicy policy = policyType(name).factory().apply(new YamlPolicySettings(map));
    map.refuseUnknownKeys();
    return policy;
  }

  private static PolicyType policyType(YamlNode node) {
    String name = node.text("one of " + policyNames());
    return Policies.named(name)
        .orElseThrow(() -> node.error("is '" + name + "'; allowed: " + policyNames()));
  }

  private static String policyNames() {
    return Policies.all().stream().map(PolicyType::name).collect(Collectors.joining(", "));
  }

  private static final HealthCheck DEFAULT_HEALTH_CHECK =
      new HealthCheck(
          "/health", Duration.ofSeconds(10), Duration.ofSeconds(5), new HealthThresholds(2, 2));

  private static HealthCheck healthCheck(YamlNode node) {
    YamlNode.Mapping map =
        node.mapping("{path, interval, timeout, healthyThreshold, unhealthyThreshold}");
    HealthCheck absent = DEFAULT_HEALTH_CHECK;
    String path = map.optional("path").map(n -> n.text(PATH, PATH_ALLOWED)).orElse(absent.path());
    Duration interval =
        map.optional("interval")
            .map(n -> n.duration(Duration.ofMillis(100), Duration.ofMinutes(5)))
            .orElse(absent.interval());
    Duration timeout =
        map.optional("timeout")
            .map(n -> n.duration(Duration.ofMillis(10), interval))
            .orElse(interval.compareTo(absent.timeout()) < 0 ? interval : absent.timeout());
    int healthy = threshold(map, "healthyThreshold", absent.thresholds().healthy());
    int unhealthy = threshold(map, "unhealthyThreshold", absent.thresholds().unhealthy());
    map.refuseUnknownKeys();
    return new HealthCheck(path, interval, timeout, new HealthThresholds(healthy, unhealthy));
  }

  private static int threshold(YamlNode.Mapping map, String key, int absent) {
    return map.optional(key).map(n -> n.integer(1, HealthThresholds.MAX)).orElse(absent);
  }

  private static List<Target> targets(YamlNode node) {
    List<Target> targets = new ArrayList<>();
    Set<String> ids = new TreeSet<>();
    for (YamlNode item : node.list("a list of targets, [] for none")) {
      YamlNode.Mapping map = item.mapping("{id, address, port, weight}");
      YamlNode idNode = map.required("id", NAME_ALLOWED);
      String id = idNode.text(NAME, NAME_ALLOWED);
      if (!ids.add(id)) {
        throw idNode.error("is '" + id + "', as another target's of this group; ids are unique");
      }
      String address = map.required("address", HOST_ALLOWED).text(HOST, HOST_ALLOWED);
      int port = map.required("port", "a port from 1 to 65535").integer(1, 65535);
      int weight = map.optional("weight").map(n -> n.integer(0, Target.MAX_WEIGHT)).orElse(1);
      map.refuseUnknownKeys();
      targets.add(new Target(id, address, port, weight));
    }
    return targets;
  }

  private static Rule rule(YamlNode node, Set<String> groups) {
    YamlNode.Mapping map = node.mapping("{paths, forward}");
    List<String> paths = new ArrayList<>();
    YamlNode pathsNode = map.required("paths", "a list of path patterns");
    for (YamlNode path : pathsNode.list("a list of path patterns")) {
      paths.add(path.text(PATH_PATTERN, PATH_PATTERN_ALLOWED));
    }
    if (paths.isEmpty()) {
      throw pathsNode.error("is an empty list; allowed: at least one path pattern");
    }
    YamlNode forward = map.required("forward", "a target group, or a list of them with weights");
    List<WeightedGroup> forwards = forward(forward, groups);
    map.refuseUnknownKeys();
    return new Rule(List.copyOf(paths), forwards);
  }

  private static List<WeightedGroup> forward(YamlNode node, Set<String> groups) {
    if (node.isScalar()) {
      return List.of(new WeightedGroup(groupName(node, groups), 1));
    }
    List<WeightedGroup> forwards = new ArrayList<>();
    for (YamlNode item : node.list("a target group, or a list of {targetGroup, weight}")) {
      YamlNode.Mapping map = item.mapping("{targetGroup, weight}");
      String group = groupName(map.required("targetGroup", "a target group"), groups);
      int weight = map.optional("weight").map(n -> n.integer(0, 999)).orElse(1);
      map.refuseUnknownKeys();
      forwards.add(new WeightedGroup(group, weight));
    }
    if (forwards.stream().allMatch(forward -> forward.weight() == 0)) {
      throw node.error("has no target group with a weight above 0");
    }
    return List.copyOf(forwards);
  }

  private static String groupName(YamlNode node, Set<String> groups) {
    String allowed =
        groups.isEmpty() ? "none, as targetGroups is empty" : String.join(", ", groups);
    String name = node.text(allowed);
    if (!groups.contains(name)) {
      throw node.error("is '" + name + "', which is no target group; allowed: " + allowed);
    }
    return name;
  }
}
