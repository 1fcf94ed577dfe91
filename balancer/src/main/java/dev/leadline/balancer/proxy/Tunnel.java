package dev.leadline.balancer.proxy;

import dev.leadline.balancer.connect.TargetResponse;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.net.impl.ShutdownEvent;
import java.util.concurrent.TimeUnit;

/**
 * Two connections joined after an upgrade: what comes on one goes out on the other, no faster than
 * that one takes it. The end of one direction is passed on and leaves the other one open. Not
 * thread-safe: both connections belong to the event loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // What fails closes its connection, which is heard.
final class Tunnel {

  /** Hears of a tunnel. */
  interface Listener {
    /** Bytes went through. */
    void moved();

    /** Both connections are closed, or about to be. */
    void closed();
  }

  private static final int LINGER_SECONDS = 5;

  private final Side client;
  private final Side target;
  private final Listener listener;
  private boolean closed;

  Tunnel(Channel client, Channel target, Listener listener) {
    this.client = new Side(client);
    this.target = new Side(target);
    this.listener = listener;
  }

  /**
   * From now on what comes on one connection goes to the other.
   *
   * @param consent of the target, on its connection
   */
  void join(TargetResponse consent) {
    client.staysHalfOpen();
    target.staysHalfOpen();
    // Before whatever would read from the connection otherwise.
    client.channel.pipeline().addBefore("handler", null, client);
    consent.handOver(target);
  }

  /** Reads both connections, whatever has kept them from being read. */
  void open() {
    client.channel.config().setAutoRead(true);
    target.channel.config().setAutoRead(true);
  }

  /** Closes both connections when what is on its way out has been sent. */
  void close() {
    if (closed) {
      return;
    }
    closed = true;
    client.closeWhenSent();
    target.closeWhenSent();
    listener.closed();
  }

  /** One of the two connections; reads from it and writes to the other. */
  private final class Side extends ChannelInboundHandlerAdapter {

    private final Channel channel;
    private boolean ended;

    Side(Channel channel) {
      this.channel = channel;
    }

    void staysHalfOpen() {
      channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    }

    private Side other() {
      return this == client ? target : client;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (!(message instanceof ByteBuf)) {
        ReferenceCountUtil.release(message); // The end of the head, from a decoder that leaves.
        return;
      }
      listener.moved();
      Channel to = other().channel;
      to.writeAndFlush(message);
      if (!to.isWritable()) {
        channel.config().setAutoRead(false);
      }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
      other().channel.config().setAutoRead(channel.isWritable());
      context.fireChannelWritabilityChanged();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (event instanceof ChannelInputShutdownEvent) {
        ended();
      } else if (!(event instanceof ShutdownEvent || event instanceof IdleStateEvent)) {
        // A shutdown lets it go on until its time limit, and it has a limit for idle time itself.
        context.fireUserEventTriggered(event);
      }
    }

    private void ended() {
      ended = true;
      if (other().ended) {
        close();
      } else {
        other().endWhenSent();
      }
    }

    private void endWhenSent() {
      channel
          .writeAndFlush(Unpooled.EMPTY_BUFFER)
          .addListener(
              sent -> {
                SslHandler tls = channel.pipeline().get(SslHandler.class);
                if (tls != null) {
                  tls.closeOutbound();
                } else if (channel instanceof DuplexChannel socket) {
                  socket.shutdownOutput();
                }
              });
    }

    private void closeWhenSent() {
      channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(sent -> channel.close());
      channel.eventLoop().schedule(() -> channel.close(), LINGER_SECONDS, TimeUnit.SECONDS);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      close();
      context.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      close();
    }
  }
}
