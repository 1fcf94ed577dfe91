package dev.leadline.routing.clock;

/**
 * The time of a router: read from the real clock once an event, so that everything which happens
 * because of one event happens at one time. That makes a run repeatable, and it is cheap.
 *
 * <p>It begins at 0 and never goes back: where the real clock jumps back, time stands still for
 * that one step and then goes on. Not thread-safe.
 */
public final class EventClock implements NanoClock {

  private final NanoClock source;
  private long readNanos;
  private long nowNanos;

  public EventClock(NanoClock source) {
    this.source = source;
    readNanos = source.nanoTime();
  }

  /** An event begins. */
  public void advance() {
    long read = source.nanoTime();
    nowNanos += Math.max(0, read - readNanos);
    readNanos = read;
  }

  @Override
  public long nanoTime() {
    return nowNanos;
  }
}
