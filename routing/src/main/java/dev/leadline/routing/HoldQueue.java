package dev.leadline.routing;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Requests that wait for a target, first come first served, limited in number and time. Adding and
 * taking the first need constant time on average and allocate nothing. Not thread-safe.
 */
final class HoldQueue {

  private static final int SMALLEST = 16;

  private final HoldLimits limits;
  private final long longestNanos;
  // A ring buffer: positions only grow, and the index is the position modulo the length.
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

  /** Appends a request. The caller has checked {@link #isFull}. */
  void add(PendingRequest request, long nowNanos) {
    if (tail - head == requests.length) {
      makeRoom();
    }
    requests[place(tail)] = request;
    heldNanos[place(tail)] = nowNanos;
    tail++;
    live++;
  }

  /** The first request, or null if none waits. */
  @Nullable PendingRequest first() {
    skipWithdrawn();
    return live == 0 ? null : requests[place(head)];
  }

  /** Removes the first request. */
  void removeFirst() {
    requests[place(head++)] = null;
    live--;
  }

  /** Removes and returns the first request if it has waited too long; otherwise null. */
  @Nullable PendingRequest removeExpired(long nowNanos) {
    PendingRequest first = first();
    if (first == null || nowNanos - heldNanos[place(head)] < longestNanos) {
      return null;
    }
    removeFirst();
    return first;
  }

  /**
   * Removes a request. The search runs from both ends, because mostly the first or the last one
   * leaves; the slot stays empty until the head passes it.
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
