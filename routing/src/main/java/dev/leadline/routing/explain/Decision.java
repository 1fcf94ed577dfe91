package dev.leadline.routing.explain;

import java.util.List;

/**
 * One answer of a policy.
 *
 * @param agoNanos how long ago
 * @param answer id of the chosen target, {@code WAIT} or {@code NONE}
 * @param rule the policy's rule, in a few words
 * @param held how many other requests waited
 * @param candidates the targets that could be chosen
 */
public record Decision(
    long agoNanos, String answer, String rule, int held, List<Candidate> candidates) {

  /**
   * A target that could be chosen.
   *
   * @param id the target
   * @param load its load as the policy saw it, lower is better; NaN if the policy does not compare
   *     loads
   * @param requestsInFlight before this request
   */
  public record Candidate(String id, double load, int requestsInFlight) {}
}
