package dev.leadline.routing;

import dev.leadline.routing.target.SharedCounts;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Requests that wait for a target with room: first come, first served, as many as there may be,
 * none for longer than allowed. Everything takes constant time, also the removal of a request from
 * the middle. Requests are told apart by identity. Not thread-safe.
 */
final class HoldQueue {

  private HoldLimits limits;
  private final SharedCounts.@Nullable View counts;
  private long longestNanos;

  /** When each request was held, in the order in which they came. */
  private final Map<PendingRequest, Long> heldNanos = new LinkedHashMap<>();

  /**
   * @param counts of the routers that share the targets; null if there is one router
   */
  HoldQueue(HoldLimits limits, SharedCounts.@Nullable View counts) {
    this.limits = limits;
    this.counts = counts;
    longestNanos = limits.longest().toNanos();
  }

  /** From now on these limits hold; no request that waits already is refused for their number. */
  void use(HoldLimits changed) {
    limits = changed;
    longestNanos = changed.longest().toNanos();
  }

  int size() {
    return heldNanos.size();
  }

  /** Requests that other routers hold. */
  int sizeElsewhere() {
    return counts == null ? 0 : counts.heldElsewhere();
  }

  boolean isEmpty() {
    return heldNanos.isEmpty();
  }

  boolean isFull() {
    return heldNanos.size() >= limits.most();
  }

  /** Appends a request; {@link #isFull} was asked before. */
  void add(PendingRequest request, long nowNanos) {
    heldNanos.put(request, nowNanos);
    showSize();
  }

  /** The one whose turn it is, or null if none waits. */
  @Nullable PendingRequest first() {
    return heldNanos.isEmpty() ? null : heldNanos.keySet().iterator().next();
  }

  /** Takes the first one out. */
  void removeFirst() {
    heldNanos.remove(heldNanos.keySet().iterator().next());
    showSize();
  }

  /** Takes out the first one if it has waited too long by now; null if it has not. */
  @Nullable PendingRequest removeExpired(long nowNanos) {
    PendingRequest first = first();
    Long since = first == null ? null : heldNanos.get(first);
    if (since == null || nowNanos - since < longestNanos) {
      return null;
    }
    removeFirst();
    return first;
  }

  /** Takes a request out, wherever it is. */
  boolean remove(PendingRequest request) {
    boolean removed = heldNanos.remove(request) != null;
    showSize();
    return removed;
  }

  private void showSize() {
    if (counts != null) {
      counts.held(heldNanos.size());
    }
  }
}
