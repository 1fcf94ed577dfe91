package dev.leadline.balancer.observe;

import org.HdrHistogram.Histogram;

/**
 * Times of the answered requests of a window, in microseconds.
 *
 * @param processing from the arrival of a request until it was sent to the target that answered:
 *     waiting for room, for a connection, and for targets that failed before
 * @param response from then to the first byte of the answer
 */
public record WindowTimes(Histogram processing, Histogram response) {

  /** Times are kept to this many significant digits: 1%. */
  private static final int DIGITS = 2;

  /** No times yet. */
  public WindowTimes() {
    this(new Histogram(DIGITS), new Histogram(DIGITS));
  }

  /** Adds the times of others. */
  public void add(WindowTimes others) {
    processing.add(others.processing);
    response.add(others.response);
  }
}
