package dev.leadline.balancer.proxy;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.util.function.Function;

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

  private final ReadStream<Buffer> source;
  private final ReadGate gate;
  private final BoundedWrites destination;
  private final Listener listener;
  private boolean blocked;

  /**
   * Makes a pump that does not move anything yet.
   *
   * @param gate of the connection that the source comes from
   * @param destination writes a part; its result comes when the part is on its way
   */
  BodyPump(
      ReadStream<Buffer> source,
      ReadGate gate,
      Function<Buffer, Future<Void>> destination,
      Listener listener) {
    this.source = source;
    this.gate = gate;
    this.destination = new BoundedWrites(destination, gate::written);
    this.listener = listener;
  }

  /** Starts moving; resumes the source. Failures of the destination are the caller's to hear. */
  void start() {
    source.exceptionHandler(listener::sourceFailed);
    source.endHandler(end -> listener.ended());
    source.handler(this::move);
    resume();
  }

  private void resume() {
    source.resume();
    if (!blocked) {
      gate.resume();
    }
  }

  /** Whether the destination does not take what is there for it. */
  boolean isBlocked() {
    return blocked;
  }

  private void move(Buffer chunk) {
    listener.moved();
    destination.write(chunk);
    if (destination.isFull()) {
      blocked = true;
      gate.pause();
      source.pause();
      destination.onceDrained(this::goOn);
    }
  }

  private void goOn() {
    blocked = false;
    listener.moved();
    resume();
  }
}
