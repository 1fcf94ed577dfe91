package dev.leadline.simulation.engine;

/**
 * What one run showed. A request that failed or ran into the deadline counts as having taken until
 * the deadline. Long polls are routed and not counted.
 *
 * @param requests requests counted
 * @param meanMillis their mean latency
 * @param p50Millis the latency that half of them did not exceed, and so on
 * @param errors share of the requests that failed or ran into the deadline
 * @param probesPerRequest probes sent for each request counted
 * @param oscillation how much a server's share changes from one half second to the next, as a part
 *     of its mean share
 * @param watchedShare share of the requests that the watched servers got while they were watched;
 *     NaN if none is
 * @param divertSeconds from the watched servers' change until their share is nearer to the fair one
 *     than to the former; infinite if never, NaN if they did not change
 * @param recoverSeconds the same from their change back
 * @param watchedShares the watched servers' share in every {@link #BIN_SECONDS} of the run
 */
public record Figures(
    int requests,
    double meanMillis,
    double p50Millis,
    double p90Millis,
    double p99Millis,
    double p999Millis,
    double errors,
    double probesPerRequest,
    double oscillation,
    double watchedShare,
    double divertSeconds,
    double recoverSeconds,
    Series watchedShares) {

  /** Resolution of whatever is said of shares over time. */
  public static final double BIN_SECONDS = 0.1;
}
