package dev.leadline.balancer.tcp;

import dev.leadline.balancer.connect.PausedReads;
import dev.leadline.balancer.observe.EndReason;
import dev.leadline.balancer.proxy.PeerEnd;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.channel.unix.Socket;
import io.netty.channel.unix.UnixChannel;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.nio.channels.NotYetConnectedException;
import org.jspecify.annotations.Nullable;

/**
 * Passes on what comes on one connection to another one, in both directions, in the buffers that it
 * was read into. A side is read no faster than the other one takes it: at most {@value #MOST_BYTES}
 * bytes of a direction are held. The end of a direction is passed on and leaves the other one open;
 * a reset is passed on at once. Not thread-safe: both connections belong to one event loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // What fails closes its connection, which is heard.
final class Relay {

  /** Hears of a relay. */
  interface Listener {
    /** The first byte of the target has come, or the end of its side. */
    void answered();

    /**
     * Both connections are closed, or about to be. Called once.
     *
     * @param reason why, unless both sides have ended
     */
    void ended(@Nullable EndReason reason);
  }

  /** Most bytes of one direction that are held: a read that was not written yet. */
  static final int MOST_BYTES = 32 * 1024;

  /** Anything that waits to be written stops the reading. */
  private static final WriteBufferWaterMark HELD = new WriteBufferWaterMark(1, 1);

  private final Side client;
  private final Listener listener;
  private @Nullable Side target;
  private boolean moved;
  private boolean answered;
  private boolean ended;

  /** Takes a client's connection, which is not read yet. */
  Relay(Channel client, Listener listener) {
    this.listener = listener;
    this.client = new Side(client);
  }

  /** For a connection of which nothing was read yet: large reads are fewer. */
  static void readInLargeParts(Channel connection) {
    PausedReads.upTo(connection, MOST_BYTES);
  }

  /** From now on what comes on one connection goes to the other. */
  void join(Channel to) {
    readInLargeParts(to);
    Side joined = new Side(to);
    target = joined;
    client.passHeldOn(joined);
    to.config().setAutoRead(true);
    client.channel.config().setAutoRead(!client.atEnd && joined.channel.isWritable());
  }

  /** Resets both connections, for this reason. */
  void reset(EndReason reason) {
    if (!ended) {
      ended = true;
      client.reset();
      if (target != null) {
        target.reset();
      }
      listener.ended(reason);
    }
  }

  /** Bytes that came from the client. */
  long bytesIn() {
    return client.bytes;
  }

  /** Bytes that came from the target. */
  long bytesOut() {
    return target == null ? 0 : target.bytes;
  }

  /**
   * Whether anything has gone on since the last call. A side that is not read, and has been reset
   * meanwhile, is found here.
   */
  boolean sweep() {
    client.lookForReset(EndReason.CLIENT_RESET);
    boolean drained = client.isDraining();
    if (target != null) {
      target.lookForReset(EndReason.TARGET_RESET);
      drained |= target.isDraining();
    }
    boolean something = moved || drained;
    moved = false;
    return something;
  }

  private void finish() {
    if (!ended) {
      ended = true;
      listener.ended(null);
    }
  }

  /** One of the two connections; reads from it and writes to the other. */
  private final class Side extends ChannelInboundHandlerAdapter {

    private final Channel channel;
    private @Nullable ByteBuf held;
    private long bytes;
    private long writtenRoom;
    private boolean atEnd;
    private boolean outputEnded;

    Side(Channel channel) {
      this.channel = channel;
      channel.config().setAutoRead(false);
      channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
      channel.config().setWriteBufferWaterMark(HELD);
      channel.pipeline().addLast(this);
    }

    private @Nullable Side other() {
      return this == client ? target : client;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (ended || !(message instanceof ByteBuf data)) {
        ReferenceCountUtil.release(message);
        return;
      }
      moved = true;
      bytes += data.readableBytes();
      if (this == target && !answered) {
        answered = true;
        listener.answered();
      }
      Side to = other();
      if (to == null) {
        // It came with the PROXY header, in the same read.
        held = held == null ? data : Unpooled.wrappedBuffer(held, data);
        return;
      }
      to.channel.write(data, to.channel.voidPromise());
      if (!to.channel.isWritable()) {
        channel.config().setAutoRead(false);
      }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      Side to = other();
      if (to != null) {
        to.channel.flush();
      }
    }

    void passHeldOn(Side to) {
      ByteBuf data = held;
      held = null;
      if (data != null) {
        to.channel.writeAndFlush(data, to.channel.voidPromise());
      }
      if (atEnd) {
        to.endOutput();
      }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
      Side from = other();
      if (from != null && !from.atEnd && !ended) {
        from.channel.config().setAutoRead(channel.isWritable());
      }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      // Others are of the listener's shutdown, which lets connections go on until its time limit.
      if (event instanceof ChannelInputShutdownEvent && !atEnd) {
        atEnd();
      }
    }

    private void atEnd() {
      atEnd = true;
      moved = true;
      // Netty 4.2.17 with epoll now and then fails where a connection is to be read that has ended.
      channel.config().setAutoRead(false);
      if (this == target && !answered) {
        answered = true;
        listener.answered();
      }
      Side to = other();
      if (to != null && !ended) {
        to.endOutput();
      }
    }

    /** Ends what is sent on this connection, after what is on its way. */
    private void endOutput() {
      ChannelOutboundBuffer onItsWay = channel.unsafe().outboundBuffer();
      if (onItsWay != null && onItsWay.totalPendingWriteBytes() == 0) {
        outputEnds();
        return;
      }
      channel
          .writeAndFlush(Unpooled.EMPTY_BUFFER)
          .addListener(
              sent -> {
                if (sent.isSuccess()) {
                  outputEnds();
                } else {
                  Relay.this.reset(resetReason());
                }
              });
    }

    private void outputEnds() {
      outputEnded = true;
      Side from = other();
      if (from != null && atEnd && from.outputEnded) {
        // Closing ends the output, too.
        channel.close();
        from.channel.close();
        finish();
      } else if (channel instanceof UnixChannel unix && unix.fd() instanceof Socket socket) {
        endOutputOf(socket);
      } else if (channel instanceof DuplexChannel socket) {
        socket.shutdownOutput();
      }
    }

    /**
     * As Netty does it, without the exceptions that Netty makes each time. The end of what comes on
     * this connection is the end of all, for which Netty has fewer steps.
     */
    private void endOutputOf(Socket socket) {
      channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, false);
      try {
        socket.shutdown(false, true);
      } catch (NotYetConnectedException e) {
        // It was reset: what had come before is read first, and then that.
      } catch (IOException e) {
        Relay.this.reset(resetReason());
      }
    }

    void reset() {
      ByteBuf data = held;
      held = null;
      if (data != null) {
        data.release();
      }
      if (channel.isOpen()) {
        channel.config().setOption(ChannelOption.SO_LINGER, 0);
        channel.close();
      }
    }

    /**
     * A connection that is not read does not say so itself. One that both sides have ended looks
     * the same to the kernel, and may still have bytes to be read.
     */
    void lookForReset(EndReason reason) {
      if (!ended
          && !outputEnded
          && !channel.config().isAutoRead()
          && PeerEnd.of(channel).state() == PeerEnd.State.RESET) {
        Relay.this.reset(reason);
      }
    }

    /** Whether something of what was to be written has gone since the last call. */
    boolean isDraining() {
      long room = channel.bytesBeforeUnwritable() - channel.bytesBeforeWritable();
      boolean changed = room != writtenRoom;
      writtenRoom = room;
      return changed;
    }

    private EndReason resetReason() {
      return this == client ? EndReason.CLIENT_RESET : EndReason.TARGET_RESET;
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      if (outputEnded && !atEnd && !ended) {
        atEnd();
      } else {
        Relay.this.reset(resetReason());
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      Relay.this.reset(resetReason());
    }
  }
}
