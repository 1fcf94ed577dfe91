package dev.leadline.balancer.observe;

import dev.leadline.balancer.proxy.ProxyGroup;
import dev.leadline.routing.explain.Decision;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** Why the last requests of a group went where they went, as JSON. */
public final class Explanation {

  private Explanation() {}

  /** The last choices of a group, the newest first. Reads what the event loop writes. */
  public static JsonObject of(ProxyGroup group, int most) {
    JsonArray decisions = new JsonArray();
    group.router().decisions(most).forEach(it -> decisions.add(decision(it)));
    return new JsonObject()
        .put("group", group.meter().group())
        .put("policy", group.policy())
        .put("decisions", decisions);
  }

  private static JsonObject decision(Decision decision) {
    JsonArray candidates = new JsonArray();
    for (Decision.Candidate it : decision.candidates()) {
      candidates.add(
          new JsonObject()
              .put("id", it.id())
              // JSON has neither NaN nor infinity: no load, or an unknown one.
              .put("load", Double.isFinite(it.load()) ? it.load() : null)
              .put("requestsInFlight", it.requestsInFlight()));
    }
    return new JsonObject()
        .put("agoMillis", decision.agoNanos() / 1e6)
        .put("answer", decision.answer())
        .put("rule", decision.rule())
        .put("requestsHeld", decision.held())
        .put("candidates", candidates);
  }
}
