package dev.leadline.balancer.peers;

import java.util.function.Consumer;

/**
 * Decides which counts the others have to hear of now: those that have changed, twice, because a
 * datagram may get lost, and all of them ten times a second. While requests are in flight and
 * nothing changes, it says so, because who is silent is forgotten. Not thread-safe.
 */
final class Outbox {

  /** Datagrams that have a changed count. */
  private static final int REPEATS = 2;

  /** Time between two datagrams, or groups of them, that have all counts. */
  static final long ALL_NANOS = 100_000_000;

  private TargetKeys keys;
  private int[] inFlight;
  private int[] awake;
  private byte[] due;
  private long allNanos;
  private long sentNanos;
  private boolean first = true;

  Outbox(TargetKeys keys) {
    this.keys = keys;
    inFlight = new int[keys.size()];
    awake = new int[keys.size()];
    due = new byte[keys.size()];
  }

  /** There are other targets; one that has left is no longer among all of them. */
  void use(TargetKeys changed) {
    int[] inFlightBefore = inFlight;
    int[] awakeBefore = awake;
    TargetKeys before = keys;
    keys = changed;
    inFlight = new int[changed.size()];
    awake = new int[changed.size()];
    due = new byte[changed.size()];
    for (int i = 0; i < changed.size(); i++) {
      int place = before.place(changed.key(i));
      if (place != TargetKeys.NONE) {
        inFlight[i] = inFlightBefore[place];
        awake[i] = awakeBefore[place];
      }
      due[i] = 1;
    }
  }

  /**
   * Fills datagrams with what is to be said now, if anything is.
   *
   * @param counts what is in flight at the targets of the keys, in their order
   * @param intervalNanos at which this is called
   * @param into is filled and handed to {@code send}, once for each datagram
   */
  void fill(
      Counts counts, long nowNanos, long intervalNanos, Datagram into, Consumer<Datagram> send) {
    boolean all = first || nowNanos - allNanos >= ALL_NANOS;
    boolean busy = compare(counts, all);
    into.clear();
    into.beginsAll = all;
    for (int i = 0; i < due.length; i++) {
      if (due[i] > 0) {
        due[i]--;
        add(keys.key(i), inFlight[i], awake[i], into, send);
      }
    }
    if (all) {
      first = false;
      allNanos = nowNanos;
      into.endsAll = true;
    }
    if (all || into.size > 0 || (busy && nowNanos - sentNanos >= 2 * intervalNanos)) {
      send.accept(into);
      sentNanos = nowNanos;
    }
  }

  /** Marks what is to be sent; whether anything is in flight. */
  private boolean compare(Counts counts, boolean all) {
    int busy = 0;
    for (int i = 0; i < due.length; i++) {
      int now = counts.inFlight(i);
      // Loops that count at this moment may be seen with one request more parked than in flight.
      int nowAwake = Math.max(0, Math.min(now, counts.awake(i)));
      if (now != inFlight[i] || nowAwake != awake[i]) {
        inFlight[i] = now;
        awake[i] = nowAwake;
        due[i] = REPEATS;
      } else if (all && due[i] == 0) {
        due[i] = 1;
      }
      busy |= now;
    }
    return busy != 0;
  }

  private static void add(
      long key, int inFlight, int awake, Datagram into, Consumer<Datagram> send) {
    if (into.isFull()) {
      into.continues = true;
      send.accept(into);
      into.clear();
    }
    into.add(key, inFlight, awake);
  }

  /** What is in flight at each target. */
  interface Counts {
    /** Requests in flight, 0 or more, at the target in this place. */
    int inFlight(int place);

    /** Of those the ones that are not parked. */
    int awake(int place);
  }
}
