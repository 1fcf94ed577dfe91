package dev.leadline.balancer.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameWriter;
import io.netty.handler.codec.http2.Http2LocalFlowController;
import io.netty.handler.codec.http2.Http2Stream;
import org.jspecify.annotations.Nullable;

/**
 * The windows of one connection of HTTP/2, which a client sends its bodies in. Vert.x gives a
 * client its window back for what it hands to us; for streams with a {@link Http2Body} that is too
 * early, and does nothing here.
 */
final class Http2Windows implements Http2LocalFlowController {

  private final Http2LocalFlowController windows;
  private final Http2Connection.PropertyKey bodyKey;

  Http2Windows(Http2Connection connection) {
    windows = connection.local().flowController();
    bodyKey = connection.newKey();
  }

  /** From now on only {@link #keepOnly} gives back of the window of this stream. */
  void hold(Http2Stream stream, Http2Body body) {
    stream.setProperty(bodyKey, body);
  }

  /** The body of this stream; null if it has none. */
  @Nullable Http2Body body(Http2Stream stream) {
    return stream.getProperty(bodyKey);
  }

  /** Gives back all but so many bytes of what has come; whether there is a frame to be flushed. */
  boolean keepOnly(Http2Stream stream, int bytes) throws Http2Exception {
    int rest = windows.unconsumedBytes(stream) - bytes;
    return rest > 0 && windows.consumeBytes(stream, rest);
  }

  @Override
  public boolean consumeBytes(Http2Stream stream, int bytes) throws Http2Exception {
    return body(stream) == null && windows.consumeBytes(stream, bytes);
  }

  // The rest is Netty's own.

  @Override
  public Http2LocalFlowController frameWriter(Http2FrameWriter writer) {
    windows.frameWriter(writer);
    return this;
  }

  @Override
  public void receiveFlowControlledFrame(
      Http2Stream stream, ByteBuf data, int padding, boolean endOfStream) throws Http2Exception {
    windows.receiveFlowControlledFrame(stream, data, padding, endOfStream);
  }

  @Override
  public int unconsumedBytes(Http2Stream stream) {
    return windows.unconsumedBytes(stream);
  }

  @Override
  public int initialWindowSize(Http2Stream stream) {
    return windows.initialWindowSize(stream);
  }

  @Override
  public void channelHandlerContext(ChannelHandlerContext ctx) throws Http2Exception {
    windows.channelHandlerContext(ctx);
  }

  @Override
  public void initialWindowSize(int bytes) throws Http2Exception {
    windows.initialWindowSize(bytes);
  }

  @Override
  public int initialWindowSize() {
    return windows.initialWindowSize();
  }

  @Override
  public int windowSize(Http2Stream stream) {
    return windows.windowSize(stream);
  }

  @Override
  public void incrementWindowSize(Http2Stream stream, int bytes) throws Http2Exception {
    windows.incrementWindowSize(stream, bytes);
  }
}
