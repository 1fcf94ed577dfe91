package dev.leadline.balancer.peers;

/**
 * What one datagram says: who sends it, and how many requests it has in flight at some targets.
 * Made once and filled again and again, so that nothing is allocated. Not thread-safe.
 */
final class Datagram {

  /** Most targets in one: with them it has 1,400 bytes, less than any network divides. */
  static final int MOST_TARGETS = 112;

  /** Most requests in flight that can be said of a target; more are said as so many. */
  static final int MOST_REQUESTS = 0xffff;

  long sender;
  long boot;
  long sequence;

  /** When it was sent, in nanoseconds, by a clock of the sender's that begins anywhere. */
  long sentNanos;

  boolean leaves;

  /** With this one a series of datagrams begins that has the counts of all targets. */
  boolean beginsAll;

  /** With this one such a series ends; it may be the first as well. */
  boolean endsAll;

  /** The next one belongs to it: the counts of both are to be used together. */
  boolean continues;

  int size;
  final long[] keys = new long[MOST_TARGETS];
  final int[] inFlight = new int[MOST_TARGETS];
  final int[] awake = new int[MOST_TARGETS];

  /** One more target; there has to be room. */
  void add(long key, int requestsInFlight, int requestsAwake) {
    keys[size] = key;
    inFlight[size] = Math.min(requestsInFlight, MOST_REQUESTS);
    awake[size] = Math.min(requestsAwake, MOST_REQUESTS);
    size++;
  }

  boolean isFull() {
    return size == MOST_TARGETS;
  }

  /** Empties it: nothing is said of any target. */
  void clear() {
    size = 0;
    leaves = false;
    beginsAll = false;
    endsAll = false;
    continues = false;
  }
}
