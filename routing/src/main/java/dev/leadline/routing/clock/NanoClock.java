package dev.leadline.routing.clock;

/** A clock that only goes forward, such as {@code System::nanoTime}; its origin has no meaning. */
@FunctionalInterface
public interface NanoClock {

  /** Nanoseconds since the clock's origin. May be negative and may wrap: only differences count. */
  long nanoTime();
}
