package dev.leadline.balancer.proxy;

import dev.leadline.balancer.observe.EndReason;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.impl.ConnectionBase;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Answers plain HTTP on a connection that has to begin with TLS: without this it would be closed
 * without a word. It looks at the first byte, and then leaves the pipeline. Not thread-safe: it
 * belongs to the event loop of its connection.
 */
@SuppressWarnings("FutureReturnValueIgnored") // A write or close that fails leaves nothing to do.
final class PlainHttp extends ChannelInboundHandlerAdapter {

  private static final EndReason REASON = EndReason.PLAIN_HTTP;

  private final Consumer<@Nullable SocketAddress> refused;
  private boolean answered;

  /**
   * Makes the one of a connection.
   *
   * @param refused hears of an answer, with the client's address: on the connection's event loop
   */
  PlainHttp(Consumer<@Nullable SocketAddress> refused) {
    this.refused = refused;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (answered) {
      ReferenceCountUtil.release(message);
    } else if (message instanceof ByteBuf bytes && bytes.isReadable() && isMethod(bytes)) {
      bytes.release();
      answered = true;
      refused.accept(client(context.channel()));
      answer(context);
    } else {
      FrameWatch.onceAgreed(context.pipeline());
      context.fireChannelRead(message);
      context.pipeline().remove(this);
    }
  }

  /** A record of TLS begins with a type of record, and none of them is a letter. */
  private static boolean isMethod(ByteBuf bytes) {
    int letter = bytes.getByte(bytes.readerIndex()) | 0x20;
    return letter >= 'a' && letter <= 'z';
  }

  private static @Nullable SocketAddress client(Channel channel) {
    SocketAddress named = channel.attr(ConnectionBase.REMOTE_ADDRESS_OVERRIDE).get();
    return named == null && channel.remoteAddress() instanceof InetSocketAddress remote
        ? SocketAddress.inetSocketAddress(remote)
        : named;
  }

  /** Closing at once would reset the connection under a client that is still sending. */
  private static void answer(ChannelHandlerContext context) {
    byte[] answer = OwnBody.lastAnswer(REASON.status(), REASON.code(), REASON.text());
    context.writeAndFlush(context.alloc().buffer().writeBytes(answer));
    context
        .executor()
        .schedule(() -> context.close(), Answers.LINGER_MILLIS, TimeUnit.MILLISECONDS);
  }
}
