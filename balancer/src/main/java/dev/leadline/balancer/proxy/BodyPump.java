package dev.leadline.balancer.proxy;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import io.vertx.core.streams.WriteStream;

/**
 * Moves a body from one side to the other, no faster than the slower one, and says how it ended.
 *
 * <p>It never ends the destination: Vert.x's {@code pipeTo} does that when the source
 * <em>fails</em> too, which turns a broken message into one that looks complete.
 */
final class BodyPump {

  /** Hears how the body went. */
  interface Listener {
    /** A part of the body went through. */
    void moved();

    /** The source came to its regular end. */
    void ended();

    /** The source broke off. */
    void sourceFailed(Throwable cause);
  }

  private BodyPump() {}

  /** Starts moving; resumes the source. Failures of the destination are the caller's to hear. */
  static void start(ReadStream<Buffer> source, WriteStream<Buffer> destination, Listener listener) {
    source.exceptionHandler(listener::sourceFailed);
    source.endHandler(end -> listener.ended());
    source.handler(
        chunk -> {
          listener.moved();
          destination.write(chunk);
          if (destination.writeQueueFull()) {
            source.pause();
            destination.drainHandler(drained -> source.resume());
          }
        });
    source.resume();
  }
}
