package dev.leadline.bench.plan;

/**
 * When the requests of a load are due. A pacer belongs to one sender; it may have state, and is not
 * thread-safe.
 */
public interface Pacer {
  /** No more requests. */
  long END = -1;

  /**
   * Answers with the moment at which a request is due, or {@link #END}. The sender asks for numbers
   * in ascending order, perhaps several times for one.
   *
   * @param elapsedNanos since the load began
   * @param number of the request, from 0
   * @return nanoseconds since the load began; what lies before {@code elapsedNanos} is overdue
   */
  long dueNanos(long elapsedNanos, int number);
}
