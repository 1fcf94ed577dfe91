package dev.leadline.balancer.peers;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramPacket;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The UDP socket of the exchange. It reads so many datagrams in each turn and no more: what comes
 * beyond waits in the kernel's buffer, and is dropped there when that is full. So a flood costs
 * requests no more than a fixed time. Not thread-safe: it belongs to the event loop on which it was
 * opened.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Nobody waits for a datagram.
final class PeerSocket implements PeerExchange.Network {

  /** Room for one datagram more than is allowed, so that a longer one is seen to be longer. */
  private static final int READ_BYTES = 2048;

  private static final int READS_AT_A_TIME = 16;

  /** Little, because what waits in it for long is not true any more. */
  private static final int BUFFER_BYTES = 256 * 1024;

  private final Channel channel;
  private final Reader reader;

  private PeerSocket(Channel channel, Reader reader) {
    this.channel = channel;
    this.reader = reader;
  }

  /**
   * Opens it. Nothing is read before {@link #handler} is called.
   *
   * @param local where it listens
   */
  static Future<PeerSocket> open(Vertx vertx, InetSocketAddress local) {
    ContextInternal context = (ContextInternal) vertx.getOrCreateContext();
    Promise<PeerSocket> opened = context.promise();
    Reader reader = new Reader();
    new Bootstrap()
        .group(context.nettyEventLoop())
        .channelFactory(((VertxInternal) vertx).transport().datagramChannelFactory())
        .option(ChannelOption.AUTO_READ, false)
        .option(
            ChannelOption.RECVBUF_ALLOCATOR,
            new FixedRecvByteBufAllocator(READ_BYTES).maxMessagesPerRead(READS_AT_A_TIME))
        .option(ChannelOption.SO_RCVBUF, BUFFER_BYTES)
        .handler(reader)
        .bind(local)
        .addListener(
            (ChannelFutureListener)
                bound -> {
                  if (bound.isSuccess()) {
                    opened.complete(new PeerSocket(bound.channel(), reader));
                  } else {
                    opened.fail(bound.cause());
                  }
                });
    return opened.future();
  }

  /** From now on this one gets what comes. */
  void handler(PeerExchange exchange) {
    reader.exchange = exchange;
  }

  /** Hands over what comes, while the turn has some left. */
  private static final class Reader extends SimpleChannelInboundHandler<DatagramPacket> {
    private @Nullable PeerExchange exchange;
    private int left;

    @Override
    protected void channelRead0(ChannelHandlerContext context, DatagramPacket packet) {
      if (--left <= 0) {
        context.channel().config().setAutoRead(false);
      }
      if (exchange != null) {
        exchange.received(packet.sender(), packet.content());
      }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      if (exchange != null) {
        exchange.turnEnds();
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      if (exchange != null) {
        exchange.socketFailed(cause); // What counts is who is heard of.
      }
    }
  }

  @Override
  public void read(int most) {
    reader.left = most;
    channel.config().setAutoRead(most > 0);
  }

  @Override
  public int send(ByteBuf bytes, List<InetSocketAddress> to) {
    int sent = 0;
    for (InetSocketAddress address : to) {
      // What does not fit into the kernel's buffer waits in the channel, up to its high-water mark.
      if (channel.isWritable()) {
        channel.write(
            new DatagramPacket(bytes.retainedDuplicate(), address), channel.voidPromise());
        sent++;
      }
    }
    channel.flush();
    return sent;
  }

  @Override
  public ByteBuf buffer(int bytes) {
    return channel.alloc().ioBuffer(bytes);
  }

  @Override
  public void close() {
    channel.close();
  }
}
