package dev.leadline.balancer.connect;

import io.netty.channel.Channel;
import io.vertx.core.internal.ContextInternal;

/** A connection that speaks HTTP/1.1, one request at a time. */
@SuppressWarnings("FutureReturnValueIgnored") // Who closes it hears of its end.
public final class Http1TargetConnection implements TargetConnection {

  private final Channel channel;
  private final ContextInternal context;
  private final Http1Codec codec;

  /**
   * Speaks HTTP/1.1 on a channel on which nothing was sent yet.
   *
   * @param authority of requests that have no Host
   */
  Http1TargetConnection(Channel channel, ContextInternal context, String authority) {
    this.channel = channel;
    this.context = context;
    codec = new Http1Codec(context, authority);
    channel.pipeline().addFirst(PausedReads.HANDLER).addLast(codec);
  }

  @Override
  public void begin(TargetRequest.Listener listener) {
    listener.ready(codec.begin(listener));
  }

  @Override
  public void onClose(Runnable action) {
    channel.closeFuture().addListener(closed -> context.dispatch(action));
  }

  /**
   * Whether another request can be sent: the last one, if there was one, was sent and answered,
   * both sides want to go on, and nothing came after the answer.
   */
  public boolean isReusable() {
    return codec.isReusable();
  }

  @Override
  public void close() {
    channel.close();
  }
}
