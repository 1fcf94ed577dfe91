package dev.leadline.balancer.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import io.vertx.core.streams.WriteStream;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** How much of a body waits for a side that does not take it. */
class BodyPumpTest {

  private static final int PART_BYTES = 16 * 1024;

  private final Source source = new Source();
  private final Destination destination = new Destination();

  /** Sends parts as long as it is not paused. */
  private static final class Source implements ReadStream<Buffer> {
    private @Nullable Handler<Buffer> handler;
    private boolean paused;
    private int sentBytes;

    void run() {
      while (!paused && handler != null && sentBytes < 100 * PART_BYTES) {
        sentBytes += PART_BYTES;
        handler.handle(Buffer.buffer(new byte[PART_BYTES]));
      }
    }

    @Override
    public ReadStream<Buffer> exceptionHandler(@Nullable Handler<Throwable> unused) {
      return this;
    }

    @Override
    public ReadStream<Buffer> handler(@Nullable Handler<Buffer> parts) {
      handler = parts;
      return this;
    }

    @Override
    public ReadStream<Buffer> pause() {
      paused = true;
      return this;
    }

    @Override
    public ReadStream<Buffer> resume() {
      paused = false;
      return this;
    }

    @Override
    public ReadStream<Buffer> fetch(long amount) {
      return this;
    }

    @Override
    public ReadStream<Buffer> endHandler(@Nullable Handler<Void> unused) {
      return this;
    }
  }

  /** Takes a part when a test says so. */
  private static final class Destination implements WriteStream<Buffer> {
    private final Queue<Promise<Void>> waiting = new ArrayDeque<>();

    @Override
    public WriteStream<Buffer> exceptionHandler(@Nullable Handler<Throwable> unused) {
      return this;
    }

    @Override
    public Future<Void> write(Buffer data) {
      Promise<Void> written = Promise.promise();
      waiting.add(written);
      return written.future();
    }

    @Override
    public Future<Void> end() {
      return Future.succeededFuture();
    }

    @Override
    public WriteStream<Buffer> setWriteQueueMaxSize(int unused) {
      return this;
    }

    @Override
    public boolean writeQueueFull() {
      return false; // As Vert.x says until sixteen messages wait.
    }

    @Override
    public WriteStream<Buffer> drainHandler(@Nullable Handler<Void> unused) {
      return this;
    }
  }

  private final BodyPump pump =
      new BodyPump(
          source,
          ReadGate.NONE,
          destination::write,
          new BodyPump.Listener() {
            @Override
            public void moved() {}

            @Override
            public void ended() {}

            @Override
            public void sourceFailed(Throwable cause) {}
          });

  @Test
  void readsNothingForASideThatHasGone() {
    pump.start();
    source.run();
    destination.waiting.remove().fail("closed");
    assertTrue(pump.isBlocked());
    source.run();
    assertEquals(16 * 1024, source.sentBytes);
  }

  @Test
  void holdsOnePartForASideThatDoesNotTakeIt() {
    pump.start();
    source.run();
    assertEquals(16 * 1024, source.sentBytes);
    assertTrue(pump.isBlocked());
    destination.waiting.remove().complete();
    assertFalse(pump.isBlocked());
    source.run();
    assertEquals(32 * 1024, source.sentBytes);
  }
}
