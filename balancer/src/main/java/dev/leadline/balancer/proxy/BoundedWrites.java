package dev.leadline.balancer.proxy;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.function.Function;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes to a stream that is full when 12 KB wait to be sent, less than a read may bring. Vert.x
 * counts messages instead, of which sixteen may be a megabyte. Not thread-safe.
 */
final class BoundedWrites {

  private static final int MOST_BYTES = 12 * 1024;

  /** What a write costs beside its bytes: a body may come in parts of one byte. */
  private static final int WRITE_BYTES = 512;

  private final Function<Buffer, Future<Void>> stream;
  private final IntConsumer sent;
  private int waitingBytes;
  private @Nullable Runnable drained;

  /**
   * @param sent gets the number of bytes of each write that is done
   */
  BoundedWrites(Function<Buffer, Future<Void>> stream, IntConsumer sent) {
    this.stream = stream;
    this.sent = sent;
  }

  /** Sends this after what waits; also when it is full. */
  void write(Buffer data) {
    int bytes = data.length();
    waitingBytes += bytes + WRITE_BYTES;
    stream.apply(data).onComplete(done -> written(bytes), lost -> sent.accept(bytes));
  }

  /**
   * One that is lost stays here: the other side has gone, and nothing more is to be read for it.
   */
  private void written(int bytes) {
    waitingBytes -= bytes + WRITE_BYTES;
    sent.accept(bytes);
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
