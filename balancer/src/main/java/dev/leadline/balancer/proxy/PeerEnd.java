package dev.leadline.balancer.proxy;

import io.netty.channel.Channel;
import io.netty.channel.unix.RawUnixChannelOption;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * What the kernel has heard of the end of a connection that is not being read. Netty reports such
 * an end with the next read only. Linux with io_uring or epoll; elsewhere an end is not seen.
 *
 * @param receivedBytes that have come since the connection began, read or not; the end counts too
 */
public record PeerEnd(State state, long receivedBytes) {

  /** What is known. */
  public enum State {
    /** The other side may still send. */
    NONE,
    /** The other side sends nothing more; what it sent before may still be there to be read. */
    FINISHED,
    /** The connection is gone: nothing can be sent any more. */
    RESET
  }

  static final PeerEnd NONE = new PeerEnd(State.NONE, 0);

  // From netinet/tcp.h and linux/tcp.h. The first byte of tcp_info is the state.
  private static final int IPPROTO_TCP = 6;
  private static final int TCP_INFO = 11;
  private static final int TCP_CLOSE = 7;
  private static final int TCP_CLOSE_WAIT = 8;
  private static final int BYTES_RECEIVED = 128;
  private static final RawUnixChannelOption INFO =
      new RawUnixChannelOption("TCP_INFO", IPPROTO_TCP, TCP_INFO, BYTES_RECEIVED + Long.BYTES);

  /** Asks the kernel. */
  public static PeerEnd of(Channel channel) {
    @Nullable ByteBuffer info = channel.isOpen() ? channel.config().getOption(INFO) : null;
    if (info == null) {
      return NONE;
    }
    State state =
        switch (info.get(0)) {
          case TCP_CLOSE -> State.RESET;
          case TCP_CLOSE_WAIT -> State.FINISHED;
          default -> State.NONE;
        };
    return new PeerEnd(state, info.order(ByteOrder.nativeOrder()).getLong(BYTES_RECEIVED));
  }
}
