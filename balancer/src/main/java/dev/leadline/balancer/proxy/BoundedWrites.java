package dev.leadline.balancer.proxy;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.WriteStream;
import org.jspecify.annotations.Nullable;

/**
 * Writes to a stream that is full when 32 KB wait to be sent. Vert.x counts messages instead, of
 * which sixteen may be a megabyte. Not thread-safe.
 */
final class BoundedWrites {

  private static final int MOST_BYTES = 32 * 1024;

  private final WriteStream<Buffer> stream;
  private int waitingBytes;
  private @Nullable Runnable drained;

  BoundedWrites(WriteStream<Buffer> stream) {
    this.stream = stream;
  }

  /** Sends this after what waits; also when it is full. */
  void write(Buffer data) {
    int bytes = data.length();
    waitingBytes += bytes;
    stream.write(data).onComplete(done -> written(bytes));
  }

  private void written(int bytes) {
    waitingBytes -= bytes;
    Runnable waiting = drained;
    if (waiting != null && waitingBytes <= MOST_BYTES / 2) {
      drained = null;
      waiting.run();
    }
  }

  boolean isFull() {
    return waitingBytes >= MOST_BYTES;
  }

  /** Runs this once, when half of what may wait is gone. */
  void onceDrained(Runnable action) {
    drained = action;
  }
}
