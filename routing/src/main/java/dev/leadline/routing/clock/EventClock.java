package dev.leadline.routing.clock;

/**
 * The time of a router. It is read once per event, so that everything an event causes has the same
 * time; this makes runs repeatable and costs little.
 *
 * <p>It starts at 0 and never goes back: when the real clock jumps back, that step counts as 0. Not
 * thread-safe.
 */
public final class EventClock implements NanoClock {

  private final NanoClock source;
  private long readNanos;
  private long nowNanos;

  public EventClock(NanoClock source) {
    this.source = source;
    readNanos = source.nanoTime();
  }

  /** Reads the real clock. To be called when an event begins. */
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
