package dev.leadline.simulation.engine;

/**
 * The results of one run. A request that failed or reached the deadline counts with the time of the
 * deadline. Long polls are routed and not counted.
 *
 * @param requests requests counted
 * @param meanMillis their mean latency
 * @param p50Millis their median latency; the other percentiles accordingly
 * @param errors share of the requests that failed or reached the deadline
 * @param probesPerRequest probes sent for each request counted
 * @param oscillation how much a server's share changes from one half second to the next, divided by
 *     its mean share
 * @param watchedShare share of the requests that the watched servers got while they were watched;
 *     NaN without watched servers
 * @param divertSeconds from the watched servers' change until their share is nearer to the fair one
 *     than to the one before; infinite if never, NaN if they did not change
 * @param recoverSeconds the same from the end of that change
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

  /** Time resolution of shares. */
  public static final double BIN_SECONDS = 0.1;
}
