package dev.leadline.simulation.engine;

import dev.leadline.simulation.scenario.Scenario;
import java.util.List;

/** How many requests each server got in each time bin of a run. */
final class Shares {

  /** Bins in half a second, over which shares are averaged. */
  static final int WINDOW = (int) Math.round(.5 / Figures.BIN_SECONDS);

  private final int[][] sentTo;
  private final int[] sent;

  /**
   * @param sentTo requests by server and bin
   */
  Shares(int[][] sentTo) {
    this.sentTo = sentTo;
    sent = new int[sentTo[0].length];
    for (int[] ofServer : sentTo) {
      for (int bin = 0; bin < sent.length; bin++) {
        sent[bin] += ofServer[bin];
      }
    }
  }

  /** The share of these servers in every bin; NaN in bins without requests. */
  Series of(List<Integer> servers) {
    double[] shares = new double[sent.length];
    for (int bin = 0; bin < sent.length; bin++) {
      shares[bin] = (double) sum(servers, bin, bin + 1) / sent[bin];
    }
    return new Series(shares);
  }

  /** The share of the watched servers over the time for which they are watched. */
  double mean(Scenario.Watch watch) {
    int from = (int) (watch.fromSeconds() / Figures.BIN_SECONDS);
    int until = Math.min(sent.length, (int) (watch.untilSeconds() / Figures.BIN_SECONDS));
    long all = 0;
    for (int bin = from; bin < until; bin++) {
      all += sent[bin];
    }
    return all == 0 ? 0 : (double) sum(watch.servers(), from, until) / all;
  }

  /**
   * How much a server's share changes from one half second to the next: the mean over all servers,
   * divided by the mean share. 0 is perfectly steady, 2 is all or nothing.
   */
  double oscillation(int fromBin) {
    double differences = 0;
    int windows = 0;
    for (int bin = fromBin + WINDOW; bin + WINDOW <= sent.length; bin += WINDOW) {
      long before = sum(sent, bin - WINDOW, bin);
      long now = sum(sent, bin, bin + WINDOW);
      if (before == 0 || now == 0) {
        continue;
      }
      windows++;
      for (int[] ofServer : sentTo) {
        differences +=
            Math.abs(
                (double) sum(ofServer, bin, bin + WINDOW) / now
                    - (double) sum(ofServer, bin - WINDOW, bin) / before);
      }
    }
    // The shares of one window add up to 1, so this is the mean over servers over the mean share.
    return windows == 0 ? 0 : differences / windows;
  }

  private long sum(List<Integer> servers, int from, int until) {
    long sum = 0;
    for (int server : servers) {
      sum += sum(sentTo[server], from, until);
    }
    return sum;
  }

  private static long sum(int[] counts, int from, int until) {
    long sum = 0;
    for (int bin = from; bin < until; bin++) {
      sum += counts[bin];
    }
    return sum;
  }
}
