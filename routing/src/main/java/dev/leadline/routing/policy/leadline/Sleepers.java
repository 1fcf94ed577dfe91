package dev.leadline.routing.policy.leadline;

/**
 * Notices requests that stay at a target without occupying it, such as long polls: they last more
 * than twenty times as long as is typical, while the target had time to serve fifty others. With
 * more than one in a hundred of them, requests in flight say little about a target's room, and a
 * {@linkplain CapacityWindow window} would be filled by requests that do nothing. So until enough
 * is known, there are taken to be some.
 *
 * <p>Not thread-safe.
 */
final class Sleepers {

  private static final double MANY = 0.01;
  private static final double SHARE_WEIGHT = 1.0 / 500;
  private static final double TYPICAL_WEIGHT = 1.0 / 500;
  private static final double TIMES_TYPICAL = 20;
  private static final double OVERTAKEN_BY = 50;

  private double share = 2 * MANY;
  private double typicalLog = Double.NaN;

  /**
   * A request was answered.
   *
   * @param nanos how long it took
   * @param costSeconds what a request costs its target
   */
  void answered(long nanos, double costSeconds) {
    double log = Math.log((double) Math.max(1, nanos));
    if (Double.isNaN(typicalLog)) {
      typicalLog = log;
    }
    boolean sleeper =
        log > typicalLog + Math.log(TIMES_TYPICAL) && nanos * 1e-9 > OVERTAKEN_BY * costSeconds;
    share += SHARE_WEIGHT * ((sleeper ? 1 : 0) - share);
    typicalLog += TYPICAL_WEIGHT * (log - typicalLog);
  }

  /** Whether requests in flight say too little about a target's room. */
  boolean areMany() {
    return share > MANY;
  }
}
