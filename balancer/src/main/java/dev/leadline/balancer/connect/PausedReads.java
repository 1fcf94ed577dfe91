package dev.leadline.balancer.connect;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator.DelegatingHandle;
import io.netty.channel.RecvByteBufAllocator.ExtendedHandle;
import io.netty.util.UncheckedBooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a connection that is paused from being read when its other side has ended. With io_uring,
 * Netty 4.2.17 then reads all that the kernel holds, which may be megabytes, and asks only for
 * buffers to put it in. The one way to stop it is an exception in place of a buffer; this handler,
 * at the beginning of the pipeline, keeps the exception from the others. With epoll it does the
 * same, and cannot be stopped: it would never read such a connection again. Has no state.
 */
@SuppressWarnings("deprecation") // Of Netty: the configuration of a connection has them.
@Sharable
public final class PausedReads extends ChannelInboundHandlerAdapter {

  /** The handler; a connection without it is closed where one with it stays paused. */
  public static final PausedReads HANDLER = new PausedReads();

  /**
   * After a read of so many bytes more is about to come: a pause then stops the next read at once.
   * After a smaller one it does so only if there is a next read, as most bodies have none.
   */
  public static final int LARGE_BYTES = 4 * 1024;

  private PausedReads() {}

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (!(cause instanceof Stop)) {
      ctx.fireExceptionCaught(cause);
    }
  }

  /** The sizes of reads as this allocator has them, for connections that can be paused. */
  public static RecvByteBufAllocator with(RecvByteBufAllocator sizes) {
    return new Stoppable(sizes);
  }

  /** Lets a connection of which nothing was read yet read so much at a time. */
  public static void upTo(Channel connection, int mostBytes) {
    RecvByteBufAllocator sizes = upTo(mostBytes);
    boolean stoppable = connection.config().getRecvByteBufAllocator() instanceof Stoppable;
    connection.config().setRecvByteBufAllocator(stoppable ? with(sizes) : sizes);
  }

  /** Reads that grow with what comes, from 2 KB to so many bytes. */
  public static RecvByteBufAllocator upTo(int mostBytes) {
    return new AdaptiveRecvByteBufAllocator(64, 2048, mostBytes);
  }

  /** Of connections with io_uring. */
  private record Stoppable(RecvByteBufAllocator sizes) implements RecvByteBufAllocator {
    @Override
    public Handle newHandle() {
      return new Reads((ExtendedHandle) sizes.newHandle());
    }
  }

  private static final class Stop extends RuntimeException {
    private static final long serialVersionUID = 1;

    Stop() {
      super("the connection is paused", null, false, false);
    }
  }

  /** The reads of one connection: one by one, in rounds that a reset begins. */
  private static final class Reads extends DelegatingHandle implements ExtendedHandle {
    private boolean readInRound;
    private @Nullable ChannelConfig config;

    Reads(ExtendedHandle sizes) {
      super(sizes);
    }

    @Override
    public void reset(ChannelConfig ofConnection) {
      config = ofConnection;
      readInRound = false;
      super.reset(ofConnection);
    }

    @Override
    public void incMessagesRead(int reads) {
      readInRound = true;
      super.incMessagesRead(reads);
    }

    @Override
    public ByteBuf allocate(ByteBufAllocator buffers) {
      if (readInRound && config != null && !config.isAutoRead()) {
        throw new Stop();
      }
      return super.allocate(buffers);
    }

    @Override
    public boolean continueReading(UncheckedBooleanSupplier maybeMore) {
      return ((ExtendedHandle) delegate()).continueReading(maybeMore);
    }
  }
}
