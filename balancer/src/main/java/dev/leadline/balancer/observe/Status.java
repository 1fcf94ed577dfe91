package dev.leadline.balancer.observe;

import dev.leadline.routing.health.TargetHealth;
import dev.leadline.routing.policy.PolicyType;
import dev.leadline.routing.policy.builtin.Policies;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the balancer knows at this moment, as JSON for people and scripts: what things are called,
 * and the {@linkplain Metrics metrics} of each.
 */
public final class Status {

  private Status() {}

  /**
   * Describes everything.
   *
   * @param version version of the balancer
   * @param transport name of the transport
   * @param uptimeNanos time since the balancer was ready
   */
  public static JsonObject of(
      String version, String transport, long uptimeNanos, BalancerSnapshot balancer) {
    JsonArray groups = new JsonArray();
    balancer.groups().forEach(it -> groups.add(group(it)));
    JsonObject about =
        new JsonObject()
            .put("version", version)
            .put("transport", transport)
            .put("uptimeMillis", uptimeNanos / 1_000_000)
            .put("loops", balancer.loops());
    with(Metrics.BALANCER, balancer, about);
    if (balancer.peers().on()) {
      describe(balancer.peers(), about.getJsonObject("peers"));
    }
    return about.put("targetGroups", groups);
  }

  private static void describe(PeersSnapshot peers, JsonObject about) {
    JsonArray members = new JsonArray();
    for (PeersSnapshot.Member it : peers.members()) {
      members.add(
          new JsonObject()
              .put("address", it.address())
              .put("state", it.state().name().toLowerCase(Locale.ROOT))
              .put("ageMillis", it.ageMillis() < 0 ? null : it.ageMillis())
              .put("received", it.received())
              .put("refused", refused(it.refused()))
              .put("requestsInFlight", it.requestsInFlight()));
    }
    about
        .put("intervalMillis", peers.intervalMillis())
        .put("leftOut", peers.leftOut())
        .put("discoveryProblem", peers.problem().isEmpty() ? null : peers.problem())
        .put("members", members);
  }

  private static JsonObject refused(Map<PeerRefusal, Long> byReason) {
    JsonObject all = new JsonObject();
    new TreeMap<>(byReason).forEach((reason, count) -> all.put(reason.code(), count));
    return all;
  }

  /** The metrics there are, with their meaning: what the dashboard needs to show all of them. */
  public static JsonObject catalogue() {
    return new JsonObject()
        .put("balancer", descriptions(Metrics.BALANCER))
        .put("targetGroup", descriptions(Metrics.GROUP))
        .put("target", descriptions(Metrics.TARGET));
  }

  private static JsonObject group(GroupSnapshot group) {
    JsonArray targets = new JsonArray();
    group.targets().forEach(it -> targets.add(target(it)));
    JsonObject about =
        new JsonObject()
            .put("name", group.name())
            .put("policy", group.policy())
            .put("policySummary", summary(group.policy()))
            .put(
                "discoveryProblem",
                group.membership().problem().isEmpty() ? null : group.membership().problem());
    return with(Metrics.GROUP, group, about).put("targets", targets);
  }

  private static JsonObject target(TargetSnapshot it) {
    return with(
        Metrics.TARGET,
        it,
        new JsonObject()
            .put("id", it.target().id())
            .put("address", it.target().address() + ":" + it.target().port())
            .put("weight", it.target().weight())
            .put("health", it.health().name().toLowerCase(Locale.ROOT))
            .put(
                "unhealthyBecause",
                it.health() == TargetHealth.Status.UNHEALTHY ? it.healthFailure() : null));
  }

  private static <T> JsonObject with(MetricLevel<T, ?> level, T of, JsonObject about) {
    level.metrics().forEach(it -> put(about, it.names().json(), it.json(of)));
    return about;
  }

  /** Puts a value in its place: a key with a dot is one of an object within. */
  private static void put(JsonObject about, String key, @Nullable Object value) {
    int dot = key.indexOf('.');
    if (dot < 0) {
      about.put(key, value);
      return;
    }
    String outer = key.substring(0, dot);
    if (!about.containsKey(outer)) {
      about.put(outer, new JsonObject());
    }
    put(about.getJsonObject(outer), key.substring(dot + 1), value);
  }

  private static <T> JsonArray descriptions(MetricLevel<T, ?> level) {
    JsonArray all = new JsonArray();
    for (Metric<T> metric : level.metrics()) {
      all.add(
          new JsonObject()
              .put("key", metric.names().json())
              .put("type", metric.type().name().toLowerCase(Locale.ROOT))
              .put("unit", metric.unit().jsonSign())
              .put("help", metric.help()));
    }
    return all;
  }

  private static String summary(String policy) {
    return Policies.all().stream()
        .filter(it -> it.name().equals(policy))
        .map(PolicyType::summary)
        .findFirst()
        .orElse("");
  }
}
