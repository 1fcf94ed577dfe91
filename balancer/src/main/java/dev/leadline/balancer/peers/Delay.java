package dev.leadline.balancer.peers;

/**
 * How much longer a datagram took than the fastest one of the same peer: in the network, in a
 * buffer, or because one of the two had no time. The clocks of the two need not agree; they only
 * have to run about as fast. Not thread-safe.
 */
final class Delay {

  /** Two clocks differ by less: a nanosecond in so many. */
  private static final long NANOS_A_DRIFT = 5_000;

  private boolean known;
  private long fastest;
  private long atNanos;

  /** Nothing is known of this peer's clock. */
  void reset() {
    known = false;
  }

  /**
   * A datagram has come.
   *
   * @param sentNanos by the clock of the peer
   * @param nowNanos by the clock of this balancer
   * @return by how much it took longer than the fastest one, in nanoseconds, 0 or more
   */
  long of(long sentNanos, long nowNanos) {
    long took = nowNanos - sentNanos;
    if (known) {
      fastest += (nowNanos - atNanos) / NANOS_A_DRIFT;
    }
    atNanos = nowNanos;
    if (!known || took - fastest < 0) {
      known = true;
      fastest = took;
    }
    return took - fastest;
  }
}
