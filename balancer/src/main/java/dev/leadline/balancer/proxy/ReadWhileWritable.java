package dev.leadline.balancer.proxy;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;

/**
 * Reads nothing more from a client of HTTP/2 that does not read: what it asks for without sending a
 * request (answers to PING and SETTINGS, resets) would pile up here.
 */
@ChannelHandler.Sharable
final class ReadWhileWritable extends ChannelInboundHandlerAdapter {

  private static final ReadWhileWritable INSTANCE = new ReadWhileWritable();

  private ReadWhileWritable() {}

  static void install(HttpConnection connection) {
    ((ConnectionBase) connection).channel().pipeline().addBefore("handler", null, INSTANCE);
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    context.channel().config().setAutoRead(context.channel().isWritable());
    context.fireChannelWritabilityChanged();
  }
}
