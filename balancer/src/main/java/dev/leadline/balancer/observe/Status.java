package dev.leadline.balancer.observe;

import dev.leadline.balancer.observe.GroupMeter.Counts;
import dev.leadline.routing.policy.PolicyType;
import dev.leadline.routing.policy.builtin.Policies;
import dev.leadline.routing.target.TargetState;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Locale;

/** What the balancer knows at this moment, as JSON for people and scripts. */
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
    return new JsonObject()
        .put("version", version)
        .put("transport", transport)
        .put("uptimeMillis", uptimeNanos / 1_000_000)
        .put("loops", balancer.loops())
        .put("requestsInFlight", balancer.requestsInFlight())
        .put("refused", balancer.refused())
        .put("targetGroups", groups);
  }

  private static JsonObject group(GroupSnapshot group) {
    Counts counts = group.counts();
    ExtraCounts extra = group.extra();
    JsonArray targets = new JsonArray();
    group.targets().forEach(it -> targets.add(target(it)));
    return new JsonObject()
        .put("name", group.name())
        .put("policy", group.policy())
        .put("policySummary", summary(group.policy()))
        .put("requests", counts.requests())
        .put("targetErrors", counts.targetResponses()[5])
        .put("balancerErrors", counts.balancerErrors())
        .put("connectionErrors", counts.connectionErrors())
        .put("failOpen", group.failOpen())
        .put("requestsHeld", group.requestsHeld())
        .put("retries", extra.retries())
        .put("hedges", extra.hedges())
        .put("probesAskedFor", extra.probes())
        .put("budgetRefusals", extra.refused())
        .put("targets", targets);
  }

  private static JsonObject target(TargetSnapshot it) {
    long probed = it.probedNanos();
    return new JsonObject()
        .put("id", it.target().id())
        .put("address", it.target().address() + ":" + it.target().port())
        .put("weight", it.target().weight())
        .put("health", it.health().name().toLowerCase(Locale.ROOT))
        .put("ejected", it.ejected())
        .put("draining", it.draining())
        .put("requestsInFlight", it.requestsInFlight())
        .put("succeeded", it.succeeded())
        .put("failed", it.failed())
        .put("ignored", it.ignored())
        .put("connections", it.connections())
        .put("probedResponseMillis", probed == TargetState.UNMEASURED ? null : probed / 1e6)
        .put("responses", it.responses().count())
        .put("responseMillisTotal", it.responses().nanos() / 1e6)
        // JSON has neither NaN nor infinity: no load, or an unknown one.
        .put("load", Double.isFinite(it.load()) ? it.load() : null);
  }

  private static String summary(String policy) {
    return Policies.all().stream()
        .filter(it -> it.name().equals(policy))
        .map(PolicyType::summary)
        .findFirst()
        .orElse("");
  }
}
