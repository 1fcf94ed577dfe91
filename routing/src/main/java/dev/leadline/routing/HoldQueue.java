package dev.leadline.routing;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Requests that wait for a target with room: first come, first served, as many as there may be,
 * none for longer than allowed. Everything takes constant time on average and no object. Not
 * thread-safe.
 */
final class HoldQueue {

  private static final int SMALLEST = 16;

  private final HoldLimits limits;
  private final long longestNanos;
  // A ring: positions count on for ever, and a position's place is its remainder.
  private @Nullable PendingRequest[] requests = new @Nullable PendingRequest[SMALLEST];
  private long[] heldNanos = new long[SMALLEST];
  private long head;
  private long tail;
  private int live;

  HoldQueue(HoldLimits limits) {
    this.limits = limits;
    longestNanos = limits.longest().toNanos();
  }

  int size() {
    return live;
  }

  boolean isEmpty() {
    return live == 0;
  }

  boolean isFull() {
    return live >= limits.most();
  }

  /** Appends a request; {@link #isFull} was asked before. */
  void add(PendingRequest request, long nowNanos) {
    if (tail - head == requests.length) {
      makeRoom();
    }
    requests[place(tail)] = request;
    heldNanos[place(tail)] = nowNanos;
    tail++;
    live++;
  }

  /** The one whose turn it is, or null if none waits. */
  @Nullable PendingRequest first() {
    skipWithdrawn();
    return live == 0 ? null : requests[place(head)];
  }

  /** Takes the first one out. */
  void removeFirst() {
    requests[place(head++)] = null;
    live--;
  }

  /** Takes out the first one if it has waited too long by now; null if it has not. */
  @Nullable PendingRequest removeExpired(long nowNanos) {
    PendingRequest first = first();
    if (first == null || nowNanos - heldNanos[place(head)] < longestNanos) {
      return null;
    }
    removeFirst();
    return first;
  }

  /**
   * Takes a request out, wherever it is. It is looked for from both ends at once, and its place
   * stays empty until its turn would have come: whoever leaves is as a rule the last one or the
   * first.
   */
  boolean remove(PendingRequest request) {
    long front = head;
    long back = tail - 1;
    while (front <= back) {
      if (requests[place(front)] == request) {
        requests[place(front)] = null;
        live--;
        return true;
      }
      if (requests[place(back)] == request) {
        requests[place(back)] = null;
        live--;
        return true;
      }
      front++;
      back--;
    }
    return false;
  }

  private void skipWithdrawn() {
    while (head < tail && requests[place(head)] == null) {
      head++;
    }
  }

  /** Closes the gaps; grows if that is not enough. */
  private void makeRoom() {
    int capacity = live > requests.length / 2 ? 2 * requests.length : requests.length;
    @Nullable PendingRequest[] packed = new @Nullable PendingRequest[capacity];
    long[] packedNanos = new long[capacity];
    int count = 0;
    for (long position = head; position < tail; position++) {
      if (requests[place(position)] != null) {
        packed[count] = requests[place(position)];
        packedNanos[count] = heldNanos[place(position)];
        count++;
      }
    }
    Arrays.fill(requests, null);
    requests = packed;
    heldNanos = packedNanos;
    head = 0;
    tail = count;
  }

  private int place(long position) {
    return (int) (position & (requests.length - 1));
  }
}
