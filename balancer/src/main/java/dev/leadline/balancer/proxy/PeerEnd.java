package dev.leadline.balancer.proxy;

import io.netty.channel.Channel;
import io.netty.channel.unix.RawUnixChannelOption;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What the kernel has heard of the end of a connection that is not being read. Netty reports such
 * an end with the next read only. Linux with io_uring or epoll; elsewhere an end is not seen.
 */
enum PeerEnd {
  /** The other side may still send. */
  NONE,
  /** The other side sends nothing more; what it sent before may still be there to be read. */
  FINISHED,
  /** The connection is gone: nothing can be sent any more. */
  RESET;

  // From netinet/tcp.h. The first byte of tcp_info is the state.
  private static final int IPPROTO_TCP = 6;
  private static final int TCP_INFO = 11;
  private static final int TCP_CLOSE = 7;
  private static final int TCP_CLOSE_WAIT = 8;
  private static final RawUnixChannelOption STATE =
      new RawUnixChannelOption("TCP_INFO", IPPROTO_TCP, TCP_INFO, 8);

  static PeerEnd of(Channel channel) {
    @Nullable ByteBuffer state = channel.isOpen() ? channel.config().getOption(STATE) : null;
    if (state == null) {
      return NONE;
    }
    return switch (state.get(0)) {
      case TCP_CLOSE -> RESET;
      case TCP_CLOSE_WAIT -> FINISHED;
      default -> NONE;
    };
  }
}
