package dev.leadline.infra;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * How many instances of which kind, and which paths lead to them.
 *
 * @param clusters in the order of the file, which is the order of the rules and of the instances'
 *     numbers
 * @param balancer the machine our own balancer runs on
 * @param mixed whether {@value #MIXED_PATH} leads to the instances of all clusters
 * @param rules tried before the clusters' paths, in this order
 * @param defaultAction what is done with a request that no rule matches; empty: a page at {@code
 *     /}, elsewhere a 404
 */
record Topology(
    List<Cluster> clusters,
    Balancer balancer,
    boolean mixed,
    List<ListenerRule> rules,
    Optional<ListenerRule.Action> defaultAction) {
  static final String MIXED_PATH = "/mixed";

  /** As many as the simulation of balancers that tell each other was made for. */
  private static final int MOST_BALANCERS = 16;

  private static final int MOST_INSTANCES = 50;
  private static final int MOST_TASKS = 8;

  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,19}");
  private static final Pattern PATH = Pattern.compile("(/[A-Za-z0-9_.~-]+)+");
  private static final Pattern POLICY = Pattern.compile("[a-z][a-z0-9_]*");

  /**
   * Equal instances behind one path.
   *
   * @param count of them; 0 where they are in a group
   * @param scaling the size of their Auto Scaling group; empty: they are in none
   * @param tasks application processes on each, at ports from {@link Network#APP_PORT} on
   */
  record Cluster(
      String name,
      String path,
      String instanceType,
      int count,
      Optional<Scaling> scaling,
      int tasks,
      Optional<Stickiness> stickiness) {
    /** How many instances there are at least. */
    int instances() {
      return scaling.map(Scaling::min).orElse(count);
    }

    /** The ports of an instance's processes. */
    List<Integer> ports() {
      return IntStream.range(Network.APP_PORT, Network.APP_PORT + tasks).boxed().toList();
    }

    /** The patterns a request's path must match to be this cluster's, on either balancer. */
    List<String> pathPatterns() {
      return patternsOf(path);
    }
  }

  /**
   * The machine of our own balancer.
   *
   * @param policy by name, or as an object with the name and options; the balancer itself judges
   *     both
   * @param sharesHostOf name of the cluster on whose last instance it runs; empty: on an instance
   *     of its own
   * @param scaling how many balancers there are in a group; empty: one, in none
   */
  record Balancer(
      String instanceType,
      Object policy,
      Optional<String> sharesHostOf,
      Optional<Scaling> scaling) {}

  /** The path itself and everything below it. */
  static List<String> patternsOf(String path) {
    return List.of(path, path + "/*");
  }

  /** The paths that are measured: those of the clusters, and the one to all of them. */
  List<String> paths() {
    return Stream.concat(
            clusters.stream().map(Cluster::path), mixed ? Stream.of(MIXED_PATH) : Stream.empty())
        .toList();
  }

  /**
   * The paths that a cluster's instances answer, and everything below them: {@code /} where a rule
   * sends them requests, because a rule may do so with any path.
   */
  List<String> answeredBy(Cluster cluster) {
    if (forwards().anyMatch(it -> it.weights().containsKey(cluster.name()))) {
      return List.of("/");
    }
    return mixed ? List.of(cluster.path(), MIXED_PATH) : List.of(cluster.path());
  }

  /** How many instances have targets, at least. */
  int targets() {
    return clusters.stream().mapToInt(Cluster::instances).sum();
  }

  /** Whether a cluster is an Auto Scaling group. */
  boolean hasGroupsOfTargets() {
    return clusters.stream().anyMatch(it -> it.scaling().isPresent());
  }

  /** As many processes as an instance has at most. */
  int mostTasks() {
    return clusters.stream().mapToInt(Cluster::tasks).max().orElse(1);
  }

  /** How many instances there are at least, the balancer's included where it has its own. */
  int instances() {
    int balancers = balancer.scaling().map(Scaling::min).orElse(1);
    return targets() + (balancer.sharesHostOf().isPresent() ? 0 : balancers);
  }

  /** The cluster on whose last instance the balancer runs. */
  Optional<Cluster> hostingCluster() {
    return balancer
        .sharesHostOf()
        .flatMap(name -> clusters.stream().filter(it -> it.name().equals(name)).findFirst());
  }

  /** Whether the balancer runs on the last instance of the cluster. */
  boolean hostsBalancer(Cluster cluster) {
    return hostingCluster().filter(cluster::equals).isPresent();
  }

  /** The number of a cluster's last instance; instances are numbered on from cluster to cluster. */
  int lastNumber(Cluster cluster) {
    return clusters.subList(0, clusters.indexOf(cluster) + 1).stream()
        .mapToInt(Cluster::count)
        .sum();
  }

  /** Reads and checks {@code topology} and {@code mixed}. */
  static Topology read(Context context, Profile profile) {
    boolean mixed = context.flag("mixed", true);
    Context topology = declared(context);
    topology.allow(Set.of("clusters", "balancer", "rules", "defaultAction"));

    List<Cluster> clusters = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (Context entry : topology.objects("clusters")) {
      Cluster cluster = readCluster(entry, profile);
      if (!names.add(cluster.name())) {
        throw entry.wrong("name", "a name no other cluster has");
      }
      checkPath(entry, cluster.path(), clusters, mixed);
      clusters.add(cluster);
    }

    List<String> inOrder = clusters.stream().map(Cluster::name).toList();
    Topology read =
        new Topology(
            List.copyOf(clusters),
            readBalancer(topology.object("balancer"), profile, clusters),
            mixed,
            ListenerRules.read(topology, inOrder),
            ListenerRules.readDefault(topology, inOrder));
    ListenerRules.checkTogether(topology, read);
    checkSticky(topology, read);
    boolean onItsOwn =
        context.has("loadGenerator") && !Settings.ON_BALANCER.equals(context.raw("loadGenerator"));
    int generators = onItsOwn ? 1 : 0;
    if (read.instances() + generators > profile.mostInstances()) {
      throw new ConfigurationException(
          "topology has %d targets and a balancer%s; allowed: %d instances in all with profile %s, so lower a count (4 and 4 fit), or put the balancer on a target's host (topology.balancer.sharesHostOf)%s"
              .formatted(
                  read.targets(),
                  generators > 0 ? ", and there is a loadGenerator" : "",
                  profile.mostInstances(),
                  profile.id(),
                  generators > 0
                      ? ", or the load generator on the balancer's (loadGenerator=balancer)"
                      : ""));
    }
    return read;
  }

  /** {@code topology}: an object, or the name of one among {@code topologies}. */
  static Context declared(Context context) {
    if (context.raw("topology") instanceof String name
        && NAME.matcher(name).matches()
        && context.has("topologies")) {
      Context named = context.object("topologies");
      if (!named.has(name)) {
        throw context.wrong("topology", "an object, or one of " + String.join(", ", named.keys()));
      }
      return named.object(name);
    }
    return context.object("topology");
  }

  private static Balancer readBalancer(Context entry, Profile profile, List<Cluster> clusters) {
    entry.allow(Set.of("instanceType", "policy", "sharesHostOf", "min", "max", "targetCpu"));
    profile.whyNoGroups().ifPresent(reason -> Scaling.refuse(entry, reason));
    if (!entry.has("sharesHostOf")) {
      return new Balancer(
          instanceType(entry, profile),
          policy(entry),
          Optional.empty(),
          Scaling.read(entry, MOST_BALANCERS));
    }
    Scaling.refuse(entry, "beside sharesHostOf: the host is one instance");
    if (entry.has("instanceType")) {
      throw entry.wrong("instanceType", "none beside sharesHostOf: the instance is the cluster's");
    }
    Cluster host =
        clusters.stream()
            .filter(it -> it.name().equals(entry.raw("sharesHostOf")))
            .findFirst()
            .orElseThrow(() -> entry.wrong("sharesHostOf", "the name of a cluster"));
    if (host.tasks() > 1) {
      throw entry.wrong("sharesHostOf", "a cluster with one task on each instance");
    }
    if (clusters.stream().anyMatch(it -> it.scaling().isPresent())) {
      throw entry.wrong(
          "sharesHostOf",
          "none beside a cluster with min and max: the balancer reads its target groups, and they would wait for its host");
    }
    return new Balancer(
        host.instanceType(), policy(entry), Optional.of(host.name()), Optional.empty());
  }

  private static Cluster readCluster(Context entry, Profile profile) {
    entry.allow(
        Set.of(
            "name",
            "path",
            "instanceType",
            "count",
            "min",
            "max",
            "targetCpu",
            "tasksPerInstance",
            "stickiness"));
    profile.whyNoGroups().ifPresent(reason -> Scaling.refuse(entry, reason));
    Optional<Scaling> scaling = Scaling.read(entry, MOST_INSTANCES);
    if (scaling.isPresent() && entry.has("count")) {
      throw entry.wrong("count", "none beside min and max, which say how many");
    }
    int tasks = entry.wholeNumber("tasksPerInstance", 1, MOST_TASKS, 1);
    if (scaling.isPresent() && tasks > 1) {
      throw entry.wrong(
          "tasksPerInstance",
          "1 beside min and max: an Auto Scaling group registers one port of an instance, so use a count");
    }
    return new Cluster(
        entry.text("name", NAME, "1 to 20 small letters, digits and hyphens, a letter first"),
        entry.text("path", PATH, "a path such as \"/cluster1\", of letters, digits and _.~-"),
        instanceType(entry, profile),
        scaling.isPresent() ? 0 : entry.wholeNumber("count", 1, MOST_INSTANCES),
        scaling,
        tasks,
        Stickiness.read(entry));
  }

  /** Several clusters behind one rule: only one of the balancers could keep a client in its. */
  private static void checkSticky(Context topology, Topology read) {
    List<Context> written = topology.objects("clusters");
    for (int i = 0; i < read.clusters().size(); i++) {
      Cluster cluster = read.clusters().get(i);
      if (cluster.stickiness().isPresent() && read.sharesARule(cluster)) {
        throw written
            .get(i)
            .wrong(
                "stickiness",
                "none in a cluster that shares a rule with another one (forward, and "
                    + MIXED_PATH
                    + " unless mixed is false): an Application Load Balancer keeps a client in a cluster, Leadline chooses anew");
      }
    }
  }

  private boolean sharesARule(Cluster cluster) {
    return (mixed && clusters.size() > 1)
        || forwards()
            .anyMatch(it -> it.weights().size() > 1 && it.weights().containsKey(cluster.name()));
  }

  private Stream<ListenerRule.Forward> forwards() {
    return Stream.concat(rules.stream().map(ListenerRule::action), defaultAction.stream())
        .filter(ListenerRule.Forward.class::isInstance)
        .map(ListenerRule.Forward.class::cast);
  }

  private static void checkPath(Context entry, String path, List<Cluster> earlier, boolean mixed) {
    if (path.equals("/health")) {
      throw entry.wrong("path", "any path but /health, which health checks use");
    }
    if (mixed && covers(MIXED_PATH, path)) {
      throw entry.wrong(
          "path", "any path not at or below " + MIXED_PATH + " unless mixed is false");
    }
    for (Cluster other : earlier) {
      if (covers(other.path(), path) || covers(path, other.path())) {
        throw entry.wrong(
            "path", "a path neither at, above nor below another cluster's (" + other.path() + ")");
      }
    }
  }

  private static boolean covers(String path, String other) {
    return other.equals(path) || other.startsWith(path + "/");
  }

  private static String instanceType(Context entry, Profile profile) {
    return InstanceTypes.read(entry, "instanceType", profile);
  }

  private static Object policy(Context balancer) {
    Object policy = balancer.raw("policy");
    if (policy != null && POLICY.matcher(nameOf(policy)).matches()) {
      return policy;
    }
    throw balancer.wrong(
        "policy", "a policy's name such as \"round_robin\", or an object with name and options");
  }

  /** The name of a policy with or without options; empty if it has none. */
  private static String nameOf(Object policy) {
    Object name = policy instanceof Map<?, ?> options ? options.get("name") : policy;
    return name instanceof String text ? text : "";
  }
}
