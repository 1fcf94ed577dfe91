package dev.leadline.balancer.observe;

import dev.leadline.balancer.observe.GroupMeter.Counts;
import dev.leadline.balancer.observe.GroupMeter.ResponseTimes;
import dev.leadline.balancer.proxy.Proxy;
import dev.leadline.balancer.proxy.ProxyGroup;
import dev.leadline.routing.policy.PolicyType;
import dev.leadline.routing.policy.builtin.Policies;
import dev.leadline.routing.target.Outcome;
import dev.leadline.routing.target.TargetState;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What the balancer knows at this moment, as JSON for people and scripts. */
public final class Status {

  private Status() {}

  /**
   * Describes everything. Reads what the event loop writes: call it there.
   *
   * @param version version of the balancer
   * @param transport name of the transport
   * @param uptimeNanos time since the balancer was ready
   * @param proxies where requests come in: one for each event loop
   */
  public static JsonObject of(
      String version,
      String transport,
      long uptimeNanos,
      List<Proxy> proxies,
      List<ProxyGroup> groups) {
    JsonArray list = new JsonArray();
    groups.forEach(group -> list.add(group(group)));
    return new JsonObject()
        .put("version", version)
        .put("transport", transport)
        .put("uptimeMillis", uptimeNanos / 1_000_000)
        .put("loops", proxies.size())
        .put("requestsInFlight", Proxy.requestsInFlight(proxies))
        .put("refused", Proxy.refused(proxies))
        .put("targetGroups", list);
  }

  private static JsonObject group(ProxyGroup group) {
    Counts counts = group.meter().counts();
    JsonArray targets = new JsonArray();
    for (TargetState target : group.router().states()) {
      targets.add(target(group, target));
    }
    return new JsonObject()
        .put("name", group.meter().group())
        .put("policy", group.policy())
        .put("policySummary", summary(group.policy()))
        .put("requests", counts.requests())
        .put("targetErrors", counts.targetResponses()[5])
        .put("balancerErrors", counts.balancerErrors())
        .put("connectionErrors", counts.connectionErrors())
        .put("failOpen", group.router().isFailOpen())
        .put("requestsHeld", group.router().requestsHeld())
        .put("retries", group.extra().retries())
        .put("hedges", group.extra().hedges())
        .put("probesAskedFor", group.extra().probes())
        .put("budgetRefusals", group.extra().refused())
        .put("targets", targets);
  }

  private static JsonObject target(ProxyGroup group, TargetState state) {
    long probed = state.probedResponseNanos();
    ResponseTimes answered = group.meter().responseTimes(state);
    return new JsonObject()
        .put("id", state.target().id())
        .put("address", state.target().address() + ":" + state.target().port())
        .put("weight", state.target().weight())
        .put("health", state.health().status().name().toLowerCase(Locale.ROOT))
        .put("ejected", group.router().isEjected(state))
        .put("draining", state.hasLeft())
        .put("requestsInFlight", state.requestsInFlight())
        .put("succeeded", state.count(Outcome.SUCCEEDED))
        .put("failed", state.count(Outcome.FAILED))
        .put("ignored", state.count(Outcome.IGNORED))
        .put("connections", group.connectionCount(state))
        .put("probedResponseMillis", probed == TargetState.UNMEASURED ? null : probed / 1e6)
        .put("responses", answered.count())
        .put("responseMillisTotal", answered.nanos() / 1e6)
        .put("load", load(group, state));
  }

  /** JSON has neither NaN nor infinity: no load, or an unknown one. */
  private static @Nullable Double load(ProxyGroup group, TargetState state) {
    double load = state.hasLeft() ? Double.NaN : group.router().load(state);
    return Double.isFinite(load) ? load : null;
  }

  private static String summary(String policy) {
    return Policies.all().stream()
        .filter(it -> it.name().equals(policy))
        .map(PolicyType::summary)
        .findFirst()
        .orElse("");
  }
}
