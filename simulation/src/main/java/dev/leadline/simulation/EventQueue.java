package dev.leadline.simulation;

import java.util.PriorityQueue;

/**
 * Virtual time: events run in the order of their due time, ties in the order in which they were
 * scheduled, so that a run with the same seeds is the same run. Not thread-safe; one per run.
 */
final class EventQueue {
  private record Event(long dueNanos, long order, Runnable action) implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      int byTime = Long.compare(dueNanos, other.dueNanos);
      return byTime != 0 ? byTime : Long.compare(order, other.order);
    }
  }

  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private long nowNanos;
  private long scheduled;

  /** Nanoseconds since the run began. */
  long nowNanos() {
    return nowNanos;
  }

  /** Runs {@code action} at {@code dueNanos}, or now where that has passed. */
  void at(long dueNanos, Runnable action) {
    events.add(new Event(Math.max(dueNanos, nowNanos), scheduled++, action));
  }

  /** Runs {@code action} {@code delayNanos} from now. */
  void after(long delayNanos, Runnable action) {
    at(nowNanos + delayNanos, action);
  }

  /** Runs everything due until {@code endNanos} and leaves the clock there. */
  void runUntil(long endNanos) {
    for (Event next = events.peek();
        next != null && next.dueNanos <= endNanos;
        next = events.peek()) {
      events.poll();
      nowNanos = next.dueNanos;
      next.action.run();
    }
    nowNanos = endNanos;
  }
}
