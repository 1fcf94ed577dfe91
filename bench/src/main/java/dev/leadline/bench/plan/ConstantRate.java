package dev.leadline.bench.plan;

/**
 * Requests at equal distances.
 *
 * @param first and {@code step}: this sender has the numbers {@code first + k * step} of all
 * @param perSecond of all senders together
 * @param requests of all senders together
 */
record ConstantRate(double perSecond, int requests, long durationNanos, int first, int step)
    implements Pacer {
  @Override
  public long dueNanos(long elapsedNanos, int number) {
    long ofAll = first + (long) number * step;
    long due = (long) (ofAll * 1e9 / perSecond);
    return ofAll < requests && due < durationNanos ? due : END;
  }
}
