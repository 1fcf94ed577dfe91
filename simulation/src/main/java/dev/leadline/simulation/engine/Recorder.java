package dev.leadline.simulation.engine;

import dev.leadline.simulation.scenario.Scenario;
import java.util.Arrays;

/** Records the latencies of one run and where its requests went. */
final class Recorder {

  private static final long BIN_NANOS = (long) (Figures.BIN_SECONDS * 1e9);

  private final EventQueue events;
  private final Scenario scenario;
  private final long warmUpNanos;
  private final int[][] sentTo;
  private long[] latencyNanos = new long[1 << 14];
  private int count;
  private int errors;
  private long probes;

  Recorder(EventQueue events, Scenario scenario) {
    this.events = events;
    this.scenario = scenario;
    warmUpNanos = (long) (scenario.warmUpSeconds() * 1e9);
    int bins = (int) Math.ceil(scenario.seconds() / Figures.BIN_SECONDS);
    sentTo = new int[scenario.servers().size()][bins];
  }

  /** A request was sent to this server. */
  void sent(int server) {
    int bin = (int) (events.nowNanos() / BIN_NANOS);
    if (bin < sentTo[server].length) {
      sentTo[server][bin]++;
    }
  }

  /** A probe was sent. */
  void probed() {
    if (events.nowNanos() >= warmUpNanos) {
      probes++;
    }
  }

  /** A request that arrived at {@code arrivedNanos} ended now. */
  void ended(long arrivedNanos, boolean success) {
    if (arrivedNanos < warmUpNanos) {
      return;
    }
    if (count == latencyNanos.length) {
      latencyNanos = Arrays.copyOf(latencyNanos, 2 * count);
    }
    latencyNanos[count++] = success ? events.nowNanos() - arrivedNanos : Simulation.DEADLINE_NANOS;
    errors += success ? 0 : 1;
  }

  /** The results at the end of the run. */
  Figures figures() {
    Arrays.sort(latencyNanos, 0, count);
    Shares shares = new Shares(sentTo);
    Series watched = scenario.watch().map(it -> shares.of(it.servers())).orElse(new Series());
    int from = (int) (scenario.warmUpSeconds() / Figures.BIN_SECONDS);
    return new Figures(
        count,
        Arrays.stream(latencyNanos, 0, count).average().orElse(Double.NaN) / 1e6,
        percentileMillis(.5),
        percentileMillis(.9),
        percentileMillis(.99),
        percentileMillis(.999),
        count == 0 ? 0 : (double) errors / count,
        count == 0 ? 0 : (double) probes / count,
        shares.oscillation(from),
        scenario.watch().map(shares::mean).orElse(Double.NaN),
        scenario.watch().map(watch -> timeUntil(watched, watch.fromSeconds())).orElse(Double.NaN),
        scenario.watch().map(watch -> timeUntil(watched, watch.untilSeconds())).orElse(Double.NaN),
        watched);
  }

  private double percentileMillis(double share) {
    int rank = (int) Math.ceil(share * count);
    return count == 0 ? Double.NaN : latencyNanos[Math.max(0, rank - 1)] / 1e6;
  }

  /**
   * Seconds from the change until the first half second in which the watched servers' share is
   * nearer to the fair one after the change than to the one before; NaN if nothing changes,
   * infinite if never.
   */
  private double timeUntil(Series watched, double changeSeconds) {
    double before = scenario.fairShare(changeSeconds - 1e-6);
    double after = scenario.fairShare(changeSeconds);
    if (changeSeconds <= 0 || changeSeconds >= scenario.seconds() || before == after) {
      return Double.NaN;
    }
    double half = (before + after) / 2;
    int first = (int) Math.round(changeSeconds / Figures.BIN_SECONDS);
    for (int bin = first; bin + Shares.WINDOW <= watched.size(); bin++) {
      double share = watched.mean(bin, bin + Shares.WINDOW);
      if (after < before ? share <= half : share >= half) {
        return (bin - first) * Figures.BIN_SECONDS;
      }
    }
    return Double.POSITIVE_INFINITY;
  }
}
