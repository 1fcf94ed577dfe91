package dev.leadline.balancer.observe;

import dev.leadline.balancer.proxy.ProxyGroup;
import dev.leadline.routing.target.Outcome;
import dev.leadline.routing.target.TargetState;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;

/** What the balancer knows at this moment, as JSON for people and scripts. */
public final class Status {

  private Status() {}

  /**
   * Describes everything. Reads what the event loop writes: call it there.
   *
   * @param version version of the balancer
   * @param transport name of the transport
   * @param requestsInFlight requests on their way
   */
  public static JsonObject of(
      String version, String transport, int requestsInFlight, List<ProxyGroup> groups) {
    JsonArray list = new JsonArray();
    groups.forEach(group -> list.add(group(group)));
    return new JsonObject()
        .put("version", version)
        .put("transport", transport)
        .put("requestsInFlight", requestsInFlight)
        .put("targetGroups", list);
  }

  private static JsonObject group(ProxyGroup group) {
    JsonArray targets = new JsonArray();
    for (TargetState target : group.router().states()) {
      targets.add(target(group, target));
    }
    return new JsonObject()
        .put("name", group.meter().group())
        .put("policy", group.policy())
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
        .put("probedResponseMillis", probed == TargetState.UNMEASURED ? null : probed / 1e6);
  }
}
