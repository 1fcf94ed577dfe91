package dev.leadline.simulation;

import java.util.Arrays;

/** What the clients of one run saw. An error counts as having taken until the deadline. */
final class Samples {
  private long[] nanos = new long[1 << 16];
  private int count;
  private int errors;
  private boolean sorted;
  private final long[] sentTo;
  long probes;

  Samples(int servers) {
    sentTo = new long[servers];
  }

  void sent(int server) {
    sentTo[server]++;
  }

  void ended(long latencyNanos, boolean success) {
    if (count == nanos.length) {
      nanos = Arrays.copyOf(nanos, 2 * count);
    }
    nanos[count++] = latencyNanos;
    sorted = false;
    if (!success) {
      errors++;
    }
  }

  /** Number of requests counted. */
  int count() {
    return count;
  }

  /** Share of the requests that failed or ran into the deadline. */
  double errorShare() {
    return (double) errors / count;
  }

  /** Share of the requests that this server got. */
  double shareOf(int server) {
    return (double) sentTo[server] / Arrays.stream(sentTo).sum();
  }

  /** Probes sent for each request counted. */
  double probesPerRequest() {
    return (double) probes / count;
  }

  /** The latency that a share {@code p} of the requests did not exceed, in milliseconds. */
  double percentileMillis(double p) {
    if (!sorted) {
      Arrays.sort(nanos, 0, count);
      sorted = true;
    }
    int rank = (int) Math.ceil(p * count);
    return nanos[Math.max(0, Math.min(count, rank) - 1)] / 1e6;
  }
}
