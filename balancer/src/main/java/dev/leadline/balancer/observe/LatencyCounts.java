package dev.leadline.balancer.observe;

import java.util.Arrays;

/**
 * How many times were how long, in the two kinds of buckets that Prometheus has: a few with limits
 * that people choose, and many that grow by a fixed factor. Immutable.
 */
public final class LatencyCounts {

  /** Eight buckets for each doubling: limits are 9% apart. The number is Prometheus's. */
  static final int SCHEMA = 3;

  /** Times up to this are all the same; in seconds. */
  static final double ZERO_SECONDS = 0x1p-14;

  private static final int PER_DOUBLING = 1 << SCHEMA;
  private static final int FIRST_INDEX = -14 * PER_DOUBLING + 1;
  private static final int LAST_INDEX = 12 * PER_DOUBLING; // 68 minutes: longer than any timeout.
  private static final double NANOS_PER_SECOND = 1e9;

  private static final double[] LIMITS_SECONDS = {
    .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, Double.POSITIVE_INFINITY
  };
  private static final long[] LIMITS_NANOS =
      Arrays.stream(LIMITS_SECONDS).mapToLong(it -> Math.round(it * NANOS_PER_SECOND)).toArray();

  /** Limits of the buckets between two doublings, as factors. */
  private static final double[] STEPS = new double[PER_DOUBLING];

  static {
    for (int i = 0; i < PER_DOUBLING; i++) {
      STEPS[i] = Math.pow(2, (double) i / PER_DOUBLING);
    }
  }

  private final long[] limited;
  private final long[] growing;
  private final long zeros;
  private final long sumNanos;

  private LatencyCounts(long[] limited, long[] growing, long zeros, long sumNanos) {
    this.limited = limited;
    this.growing = growing;
    this.zeros = zeros;
    this.sumNanos = sumNanos;
  }

  LatencyCounts plus(LatencyCounts other) {
    return new LatencyCounts(
        sum(limited, other.limited),
        sum(growing, other.growing),
        zeros + other.zeros,
        sumNanos + other.sumNanos);
  }

  static long[] sum(long[] some, long[] others) {
    long[] sum = some.clone();
    for (int i = 0; i < sum.length; i++) {
      sum[i] += others[i];
    }
    return sum;
  }

  /** Upper limits of the chosen buckets, in seconds; the last one is infinite. */
  static double[] limitsSeconds() {
    return LIMITS_SECONDS.clone();
  }

  /** How many times were in each of the chosen buckets. */
  long[] limited() {
    return limited.clone();
  }

  /** Indexes of the growing buckets that are not empty, in Prometheus's numbering. */
  int[] indexes() {
    int[] indexes = new int[growing.length];
    int found = 0;
    for (int i = 0; i < growing.length; i++) {
      if (growing[i] > 0) {
        indexes[found++] = FIRST_INDEX + i;
      }
    }
    return Arrays.copyOf(indexes, found);
  }

  /** How many times were in each of the buckets of {@link #indexes}. */
  long[] growing() {
    return Arrays.stream(growing).filter(it -> it > 0).toArray();
  }

  /** How many times were {@link #ZERO_SECONDS} or less. */
  long zeros() {
    return zeros;
  }

  /** All times together. */
  double sumSeconds() {
    return sumNanos / NANOS_PER_SECOND;
  }

  /** Counts times. Not thread-safe. */
  static final class Recorder {
    private final long[] limited = new long[LIMITS_NANOS.length];
    private final long[] growing = new long[LAST_INDEX - FIRST_INDEX + 1];
    private long zeros;
    private long sumNanos;

    /**
     * @param nanos not negative
     */
    void record(long nanos) {
      int place = 0;
      while (nanos > LIMITS_NANOS[place]) {
        place++;
      }
      limited[place]++;
      sumNanos += nanos;
      double seconds = nanos / NANOS_PER_SECOND;
      if (seconds <= ZERO_SECONDS) {
        zeros++;
      } else {
        growing[Math.min(index(seconds), LAST_INDEX) - FIRST_INDEX]++;
      }
    }

    /** The bucket whose upper limit is the first that is not below. */
    private static int index(double seconds) {
      int exponent = Math.getExponent(seconds);
      double factor = seconds / Math.scalb(1.0, exponent);
      int step = 0;
      while (step < PER_DOUBLING && STEPS[step] < factor) {
        step++;
      }
      return exponent * PER_DOUBLING + step;
    }

    LatencyCounts counts() {
      return new LatencyCounts(limited.clone(), growing.clone(), zeros, sumNanos);
    }
  }
}
