package dev.leadline.balancer.proxy;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.WriteStream;
import org.jspecify.annotations.Nullable;

/**
 * A stream of HTTP/2 that is full when 64 KB wait for the client. Vert.x counts messages instead,
 * of which sixteen may be a megabyte. Not thread-safe.
 */
final class BoundedWrites implements WriteStream<Buffer> {

  private static final int MOST_BYTES = 64 * 1024;

  private final WriteStream<Buffer> stream;
  private int waitingBytes;
  private @Nullable Handler<Void> drained;

  BoundedWrites(WriteStream<Buffer> stream) {
    this.stream = stream;
  }

  @Override
  public Future<Void> write(Buffer data) {
    int bytes = data.length();
    waitingBytes += bytes;
    return stream.write(data).onComplete(done -> written(bytes));
  }

  private void written(int bytes) {
    waitingBytes -= bytes;
    Handler<Void> waiting = drained;
    if (waiting != null && waitingBytes <= MOST_BYTES / 2) {
      drained = null;
      waiting.handle(null);
    }
  }

  @Override
  public boolean writeQueueFull() {
    return waitingBytes >= MOST_BYTES;
  }

  @Override
  public WriteStream<Buffer> drainHandler(@Nullable Handler<Void> handler) {
    drained = handler;
    return this;
  }

  @Override
  public Future<Void> end() {
    return stream.end();
  }

  @Override
  public WriteStream<Buffer> exceptionHandler(@Nullable Handler<Throwable> handler) {
    stream.exceptionHandler(handler);
    return this;
  }

  @Override
  public WriteStream<Buffer> setWriteQueueMaxSize(int maxSize) {
    return this;
  }
}
