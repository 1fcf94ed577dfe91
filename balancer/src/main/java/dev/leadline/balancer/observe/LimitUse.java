package dev.leadline.balancer.observe;

/**
 * How much of the limits is used, and what they kept out.
 *
 * @param connections connections of clients, TLS handshakes too; the event loops share a listener
 *     and have the same number
 * @param busiestClientConnections those of the address that has most on an event loop
 * @param unfinishedHeadBytes bytes of request heads that have not come completely
 * @param unfinishedHeadsDropped connections closed because these were too many
 * @param lateHeads heads that did not come in time
 */
public record LimitUse(
    int connections,
    int busiestClientConnections,
    long unfinishedHeadBytes,
    long unfinishedHeadsDropped,
    long lateHeads) {

  /** Both together. */
  LimitUse plus(LimitUse other) {
    return new LimitUse(
        Math.max(connections, other.connections),
        Math.max(busiestClientConnections, other.busiestClientConnections),
        unfinishedHeadBytes + other.unfinishedHeadBytes,
        unfinishedHeadsDropped + other.unfinishedHeadsDropped,
        lateHeads + other.lateHeads);
  }
}
