package dev.leadline.infra;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.leadline.infra.ListenerRule.Conditions;
import dev.leadline.infra.ListenerRule.FixedResponse;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a balancer answers itself, in JSON: at {@code /} who it is and which paths there are, and
 * elsewhere that no rule matches. Browsers ask for an icon by themselves; that is no error either.
 */
final class FrontPage {
  /** As many as a condition of an Application Load Balancer may have. */
  private static final List<String> PATHS = List.of("/", "/favicon.ico", "/robots.txt");

  private static final String JSON_TYPE = "application/json";
  private static final int MOST_BYTES_OF_A_BODY = 1024;
  private static final ObjectMapper JSON = new ObjectMapper();

  private FrontPage() {}

  /** The rule with the page, behind all others; none where the topology has a default action. */
  static Optional<ListenerRule> rule(Topology topology, String balancer) {
    Conditions when = new Conditions(PATHS, List.of(), List.of(), List.of(), List.of(), List.of());
    return topology.defaultAction().isPresent()
        ? Optional.empty()
        : Optional.of(new ListenerRule(Optional.empty(), when, page(topology, balancer)));
  }

  /** The page, for a balancer that calls itself so. */
  static FixedResponse page(Topology topology, String balancer) {
    Map<String, Object> page = new LinkedHashMap<>();
    page.put("balancer", balancer);
    String without = line(page);
    page.put("paths", topology.paths());
    String whole = line(page);
    int bytes = whole.getBytes(StandardCharsets.UTF_8).length;
    return new FixedResponse(200, JSON_TYPE, bytes <= MOST_BYTES_OF_A_BODY ? whole : without);
  }

  /** What an Application Load Balancer answers where no rule matches, in our balancer's words. */
  static FixedResponse noRule() {
    Map<String, Object> error = new LinkedHashMap<>();
    error.put("status", 404);
    error.put("error", "Not Found");
    error.put("code", "no_rule");
    error.put("reason", "no rule matches this request");
    return new FixedResponse(404, JSON_TYPE, line(error));
  }

  private static String line(Map<String, Object> content) {
    try {
      return JSON.writeValueAsString(content) + "\n";
    } catch (JsonProcessingException unexpected) {
      throw new IllegalArgumentException(unexpected);
    }
  }
}
