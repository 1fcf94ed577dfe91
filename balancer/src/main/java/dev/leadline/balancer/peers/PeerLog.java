package dev.leadline.balancer.peers;

import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.util.function.BiConsumer;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Writes a line when a peer appears or is lost, and at most {@value #MOST} in ten seconds; then
 * follows how many more there were. Not thread-safe.
 */
final class PeerLog {

  private static final Logger LOG = Logger.getLogger(PeerLog.class.getName());
  private static final int MOST = 10;
  private static final long WINDOW_NANOS = 10_000_000_000L;

  private final BiConsumer<Level, String> out;
  private long windowNanos;
  private int written;
  private int more;

  PeerLog(long nowNanos) {
    this(nowNanos, LOG::log);
  }

  PeerLog(long nowNanos, BiConsumer<Level, String> out) {
    this.out = out;
    windowNanos = nowNanos;
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
