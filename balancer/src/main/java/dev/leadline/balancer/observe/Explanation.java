package dev.leadline.balancer.observe;

import dev.leadline.routing.explain.Decision;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Comparator;
import java.util.List;

/** Why the last requests of a group went where they went, as JSON. */
public final class Explanation {

  private Explanation() {}

  /**
   * The last choices of a group, the newest first.
   *
   * @param loops choices of each event loop
   * @param most how many choices at most
   */
  public static JsonObject of(String group, String policy, List<List<Decision>> loops, int most) {
    JsonArray decisions = new JsonArray();
    loops.stream()
        .flatMap(List::stream)
        .sorted(Comparator.comparingLong(Decision::agoNanos))
        .limit(most)
        .forEach(it -> decisions.add(decision(it)));
    return new JsonObject().put("group", group).put("policy", policy).put("decisions", decisions);
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
