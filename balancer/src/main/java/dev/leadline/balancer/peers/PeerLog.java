package dev.leadline.balancer.peers;

import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.util.function.BiConsumer;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Writes a line when a peer appears or is lost, and at most {@value #MOST} in ten seconds; then
 * follows how many more there were. What is not about a member has lines of its own. Not
 * thread-safe.
 */
final class PeerLog {

  private static final Logger LOG = Logger.getLogger(PeerLog.class.getName());
  private static final int MOST = 10;
  private static final long WINDOW_NANOS = 10_000_000_000L;
  private static final long MINUTE_NANOS = 60_000_000_000L;

  private final BiConsumer<Level, String> out;
  private long windowNanos;
  private int written;
  private int more;
  private long strangerNanos;
  private long socketNanos;

  PeerLog(long nowNanos) {
    this(nowNanos, LOG::log);
  }

  PeerLog(long nowNanos, BiConsumer<Level, String> out) {
    this.out = out;
    windowNanos = nowNanos;
    strangerNanos = nowNanos - MINUTE_NANOS;
    socketNanos = strangerNanos;
  }

  void appeared(InetSocketAddress peer, long nowNanos) {
    write(Level.INFO, name(peer) + " is heard", nowNanos);
  }

  void lost(InetSocketAddress peer, long nowNanos) {
    write(Level.WARNING, name(peer) + " is silent: its requests are not counted", nowNanos);
  }

  void left(InetSocketAddress peer, long nowNanos) {
    write(Level.INFO, name(peer) + " has said that it leaves", nowNanos);
  }

  void refused(InetSocketAddress peer, String reason, long nowNanos) {
    write(Level.WARNING, "a message of " + name(peer) + " is refused: " + reason, nowNanos);
  }

  /**
   * Somebody sends who is no member. Anybody can: a line a minute, which takes no room from those
   * about members.
   *
   * @param all messages of strangers since the start
   */
  void stranger(InetSocketAddress from, long all, long nowNanos) {
    if (nowNanos - strangerNanos >= MINUTE_NANOS) {
      strangerNanos = nowNanos;
      out.accept(
          Level.WARNING,
          "a message of %s is refused, which is no member: one of %d of strangers since the start"
              .formatted(NetUtil.toSocketAddressString(from), all));
    }
  }

  /** The socket has a problem that is not fatal, such as no way to a member: a line a minute. */
  void socketFailed(Throwable cause, long nowNanos) {
    if (nowNanos - socketNanos >= MINUTE_NANOS) {
      socketNanos = nowNanos;
      out.accept(Level.WARNING, "the socket of the peers: " + cause);
    }
  }

  /** Says what was held back. To be called now and then. */
  void tick(long nowNanos) {
    if (nowNanos - windowNanos < WINDOW_NANOS) {
      return;
    }
    windowNanos = nowNanos;
    written = 0;
    if (more > 0) {
      out.accept(Level.INFO, more + " more lines about peers were left out");
      more = 0;
    }
  }

  private void write(Level level, String text, long nowNanos) {
    tick(nowNanos);
    if (written == MOST) {
      more++;
    } else {
      written++;
      out.accept(level, text);
    }
  }

  private static String name(InetSocketAddress peer) {
    return "peer " + NetUtil.toSocketAddressString(peer);
  }
}
