package dev.leadline.balancer.observe;

/**
 * Requests beyond the clients' own, since the start.
 *
 * @param retries failed requests that were sent again
 * @param hedges slow requests that were sent to a second target
 * @param probes probes that a policy asked for
 * @param refused extra requests that were not sent because the budget was used up
 */
public record ExtraCounts(long retries, long hedges, long probes, long refused) {

  ExtraCounts plus(ExtraCounts other) {
    return new ExtraCounts(
        retries + other.retries,
        hedges + other.hedges,
        probes + other.probes,
        refused + other.refused);
  }
}
