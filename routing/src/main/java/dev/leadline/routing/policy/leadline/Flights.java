package dev.leadline.routing.policy.leadline;

import java.util.Arrays;

/**
 * What the flagship keeps for every request in flight: when it was sent, and how far both
 * {@linkplain BusyClock clocks} of its target were. One place a request, used again and again, so
 * that nothing is allocated once there are as many as there are requests at a time. Those of one
 * target are linked in the order in which they were sent. Not thread-safe.
 */
final class Flights {

  /** Stands for "no request". */
  static final int NONE = -1;

  private long[] sentNanos = new long[16];
  private double[] busySeconds = new double[16];
  private double[] awakeSeconds = new double[16];
  private boolean[] asleep = new boolean[16];
  private int[] earlier = new int[16];
  private int[] later = new int[16];
  private int used;
  private int free = NONE;

  /** The requests in flight at one target, in the order in which they were sent. */
  static final class Queue {
    private int first = NONE;
    private int last = NONE;
    private int firstAwake = NONE;
    private long overtakenNanos = Long.MIN_VALUE;
    private int asleep;

    /** Those that were overtaken by far. */
    int asleep() {
      return asleep;
    }
  }

  /** A request was sent; answers its place. */
  int open(Queue queue, long nowNanos, double busy, double awake) {
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
    awakeSeconds[place] = awake;
    asleep[place] = false;
    earlier[place] = queue.last;
    later[place] = NONE;
    if (queue.last == NONE) {
      queue.first = place;
    } else {
      later[queue.last] = place;
    }
    queue.last = place;
    if (queue.firstAwake == NONE) {
      queue.firstAwake = place;
    }
    return place;
  }

  /**
   * A request ended: its place is free, and what stood there can be read until the next one opens.
   */
  void close(Queue queue, int place) {
    int before = earlier[place];
    int after = later[place];
    if (before == NONE) {
      queue.first = after;
    } else {
      later[before] = after;
    }
    if (after == NONE) {
      queue.last = before;
    } else {
      earlier[after] = before;
    }
    if (queue.firstAwake == place) {
      queue.firstAwake = after;
    }
    if (asleep[place]) {
      queue.asleep--;
    }
    later[place] = free;
    free = place;
  }

  /** The target has left: all its places are free. */
  void closeAll(Queue queue) {
    while (queue.first != NONE) {
      close(queue, queue.first);
    }
  }

  /**
   * A request was answered: those sent so much earlier than it, and still in flight, are asleep.
   *
   * @param sent when the answered one was sent
   * @param patienceNanos how much earlier
   */
  void overtaken(Queue queue, long sent, long patienceNanos) {
    if (sent <= queue.overtakenNanos) {
      return;
    }
    queue.overtakenNanos = sent;
    int place = queue.firstAwake;
    while (place != NONE && sentNanos[place] < sent - patienceNanos) {
      asleep[place] = true;
      queue.asleep++;
      place = later[place];
    }
    queue.firstAwake = place;
  }

  boolean isAsleep(int place) {
    return asleep[place];
  }

  long sentNanos(int place) {
    return sentNanos[place];
  }

  double busySeconds(int place) {
    return busySeconds[place];
  }

  double awakeSeconds(int place) {
    return awakeSeconds[place];
  }

  private void grow() {
    int size = 2 * sentNanos.length;
    sentNanos = Arrays.copyOf(sentNanos, size);
    busySeconds = Arrays.copyOf(busySeconds, size);
    awakeSeconds = Arrays.copyOf(awakeSeconds, size);
    asleep = Arrays.copyOf(asleep, size);
    earlier = Arrays.copyOf(earlier, size);
    later = Arrays.copyOf(later, size);
  }
}
