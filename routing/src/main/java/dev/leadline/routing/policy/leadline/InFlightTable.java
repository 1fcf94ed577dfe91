package dev.leadline.routing.policy.leadline;

import java.util.Arrays;

/**
 * One row for every request in flight: when it was sent, and what both {@linkplain AttributedTime
 * clocks} of its target showed then. Rows are reused, so that nothing is allocated once the table
 * is large enough. The rows of one target form a chain in the order of sending. Not thread-safe.
 */
final class InFlightTable {

  /** No row. */
  static final int NONE = -1;

  private long[] sentNanos = new long[16];
  private double[] busySeconds = new double[16];
  private double[] runningSeconds = new double[16];
  private boolean[] parked = new boolean[16];
  private int[] earlier = new int[16];
  private int[] later = new int[16];
  private int used;
  private int free = NONE;

  /** The rows of one target, in the order of sending. */
  static final class Chain {
    private int first = NONE;
    private int last = NONE;
    private int firstRunning = NONE;
    private long overtakenNanos = Long.MIN_VALUE;
    private int parked;

    /** How many are parked. */
    int parked() {
      return parked;
    }
  }

  /** Adds a request and returns its row. */
  int add(Chain chain, long nowNanos, double busy, double running) {
    int place = free;
    if (place != NONE) {
      free = later[place];
    } else {
      place = used++;
      if (place == sentNanos.length) {
        grow();
      }
    }
    sentNanos[place] = nowNanos;
    busySeconds[place] = busy;
    runningSeconds[place] = running;
    parked[place] = false;
    earlier[place] = chain.last;
    later[place] = NONE;
    if (chain.last == NONE) {
      chain.first = place;
    } else {
      later[chain.last] = place;
    }
    chain.last = place;
    if (chain.firstRunning == NONE) {
      chain.firstRunning = place;
    }
    return place;
  }

  /** Frees the row of a request that ended. It can be read until the next {@link #add}. */
  void remove(Chain chain, int place) {
    int before = earlier[place];
    int after = later[place];
    if (before == NONE) {
      chain.first = after;
    } else {
      later[before] = after;
    }
    if (after == NONE) {
      chain.last = before;
    } else {
      earlier[after] = before;
    }
    if (chain.firstRunning == place) {
      chain.firstRunning = after;
    }
    if (parked[place]) {
      chain.parked--;
    }
    later[place] = free;
    free = place;
  }

  /** Frees all rows of a target that left; says how many there were. */
  int removeAll(Chain chain) {
    int removed = 0;
    for (; chain.first != NONE; removed++) {
      remove(chain, chain.first);
    }
    return removed;
  }

  /**
   * Marks as parked the requests of a target that were sent much earlier than one that was
   * answered, and are still in flight.
   *
   * @param sent when the answered request was sent, in nanoseconds
   * @param parkedAfterNanos how much earlier a parked request was sent
   */
  void markParked(Chain chain, long sent, long parkedAfterNanos) {
    if (sent <= chain.overtakenNanos) {
      return;
    }
    chain.overtakenNanos = sent;
    int place = chain.firstRunning;
    while (place != NONE && sentNanos[place] < sent - parkedAfterNanos) {
      parked[place] = true;
      chain.parked++;
      place = later[place];
    }
    chain.firstRunning = place;
  }

  boolean isParked(int place) {
    return parked[place];
  }

  long sentNanos(int place) {
    return sentNanos[place];
  }

  double busySeconds(int place) {
    return busySeconds[place];
  }

  double runningSeconds(int place) {
    return runningSeconds[place];
  }

  private void grow() {
    int size = 2 * sentNanos.length;
    sentNanos = Arrays.copyOf(sentNanos, size);
    busySeconds = Arrays.copyOf(busySeconds, size);
    runningSeconds = Arrays.copyOf(runningSeconds, size);
    parked = Arrays.copyOf(parked, size);
    earlier = Arrays.copyOf(earlier, size);
    later = Arrays.copyOf(later, size);
  }
}
