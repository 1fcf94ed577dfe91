package dev.leadline.balancer.proxy;

/**
 * What has come of a head that is not complete, on one connection. All of them together have a
 * budget of bytes, and each a time limit. Not thread-safe: it belongs to the event loop of its
 * connection.
 */
abstract class UnfinishedHead extends LinkedQueue.Element<UnfinishedHead> {

  private final ClientConnections connections;
  private int bytes;
  private long sinceNanos;

  UnfinishedHead(ClientConnections connections) {
    this.connections = connections;
  }

  /** So many bytes are here now; 0 if no head is unfinished. */
  final void account(int now) {
    if (now != bytes) {
      int before = bytes;
      if (before == 0) {
        sinceNanos = connections.nowNanos();
      }
      bytes = now;
      connections.unfinishedHead(this, before);
    }
  }

  final int bytes() {
    return bytes;
  }

  /** When its first bytes came, on the coarse clock of the connections. */
  final long sinceNanos() {
    return sinceNanos;
  }

  /** Closes its connection, a moment later; the bytes that no longer count from now on. */
  final int giveUp() {
    int given = bytes;
    bytes = 0;
    close();
    return given;
  }

  /** Closes its connection. */
  abstract void close();

  /**
   * It has taken too long: tells the client so, and closes its connection.
   *
   * @return false if the client has more time, because it is not its turn
   */
  abstract boolean refuseLate();
}
