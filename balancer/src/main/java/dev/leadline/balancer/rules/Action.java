package dev.leadline.balancer.rules;

import java.util.List;

/** What a rule does with a request. Immutable. */
public sealed interface Action {

  /** Its name in logs, as an Application Load Balancer has it. */
  String label();

  /** The answer of the balancer to what no rule matches, unless the configuration has another. */
  record NotFound() implements Action {
    @Override
    public String label() {
      return "not-found";
    }
  }

  /**
   * The request is sent to a target.
   *
   * @param groups where to; at least one with a weight above 0
   */
  record Forward(List<WeightedGroup> groups) implements Action {
    @Override
    public String label() {
      return "forward";
    }
  }

  /**
   * A target group with its share of a rule's requests.
   *
   * @param group name of a target group
   * @param weight its share, 0 to 999
   */
  record WeightedGroup(String group, int weight) {}

  /**
   * The client is sent to another URL.
   *
   * @param status 301 or 302
   * @param location where to
   */
  record Redirect(int status, RedirectLocation location) implements Action {
    @Override
    public String label() {
      return "redirect";
    }
  }

  /**
   * The client gets a fixed answer.
   *
   * @param status 2xx, 4xx or 5xx
   * @param contentType type of the body
   * @param body the body; may be empty
   */
  record FixedResponse(int status, String contentType, String body) implements Action {
    @Override
    public String label() {
      return "fixed-response";
    }
  }
}
