package dev.leadline.balancer.observe;

/**
 * How much of the limits is used, and what they kept out.
 *
 * @param connections connections of clients
 * @param unfinishedHeadBytes bytes of request heads that have not come completely
 * @param unfinishedHeadsDropped connections closed because these were too many
 * @param lateHeads heads that did not come in time
 */
public record LimitUse(
    int connections, long unfinishedHeadBytes, long unfinishedHeadsDropped, long lateHeads) {

  /** Both together. */
  LimitUse plus(LimitUse other) {
    return new LimitUse(
        connections + other.connections,
        unfinishedHeadBytes + other.unfinishedHeadBytes,
        unfinishedHeadsDropped + other.unfinishedHeadsDropped,
        lateHeads + other.lateHeads);
  }
}
