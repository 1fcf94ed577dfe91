package dev.leadline.bench.plan;

/** All requests at the first moment. */
record Together(int requests) implements Pacer {
  @Override
  public long dueNanos(long elapsedNanos, int number) {
    return number < requests ? 0 : END;
  }
}
