package dev.leadline.bench.plan;

/**
 * Each request as soon as its sender is free.
 *
 * @param requests in all
 * @param durationNanos after which no request begins
 */
record WhenFree(int requests, long durationNanos) implements Pacer {
  @Override
  public long dueNanos(long elapsedNanos, int number) {
    return number < requests && elapsedNanos < durationNanos ? elapsedNanos : END;
  }
}
