package dev.leadline.routing.explain;

import java.util.List;

/**
 * A choice that was made.
 *
 * @param agoNanos how long ago
 * @param answer id of the chosen target, {@code WAIT} or {@code NONE}
 * @param rule the policy's rule, in a few words
 * @param held other requests that waited for a target with room
 * @param candidates who could be chosen
 */
public record Decision(
    long agoNanos, String answer, String rule, int held, List<Candidate> candidates) {

  /**
   * Somebody who could be chosen.
   *
   * @param id the target
   * @param load how loaded it looked to the policy, the lower the better; NaN if the policy does
   *     not compare loads
   * @param requestsInFlight before the request went
   */
  public record Candidate(String id, double load, int requestsInFlight) {}
}
