package dev.leadline.routing.policy.leadline;

/** What the flagship knows of one target: one object for each ingredient. Not thread-safe. */
final class Knowledge {

  private static final double SECONDS_PER_NANO = 1e-9;

  final ServiceTime serviceTime = new ServiceTime();
  final ErrorRate errorRate = new ErrorRate();
  final CapacityWindow window = new CapacityWindow();
  final Closing closing = new Closing();

  private final BusyClock busy = new BusyClock();
  private final ChangeDetector change = new ChangeDetector();
  private long changedNanos;
  private long sentNanos;
  private long succeededNanos;

  /** Estimated cost of a request, in seconds; drawn towards the group's mean. */
  double costSeconds = Shrinkage.UNMEASURED_SECONDS;

  /** What its errors add to its score, in seconds. */
  double penaltySeconds;

  Knowledge(long nowNanos) {
    sentNanos = nowNanos;
  }

  /** A request was sent; answers the attributed time at which that happened. */
  double sent(long nowNanos, int requestsInFlightBefore) {
    sentNanos = nowNanos;
    return advance(nowNanos, requestsInFlightBefore);
  }

  /** A request ended; answers its sample of attributed time, in seconds. */
  double ended(long nowNanos, int requestsInFlightBefore, double attributedAtSend) {
    return advance(nowNanos, requestsInFlightBefore) - attributedAtSend;
  }

  /**
   * Takes an answer into account.
   *
   * @param groupSeconds what a request costs the group's targets on average
   * @param noticeRecovery whether to look out for a slow target that has become fast
   */
  void succeeded(
      long nowNanos,
      int requestsInFlightBefore,
      double sampleSeconds,
      double groupSeconds,
      boolean noticeRecovery) {
    succeededNanos = nowNanos;
    serviceTime.add(sampleSeconds, nowNanos);
    if (noticeRecovery && change.settles(sampleSeconds, serviceTime.meanSeconds(), groupSeconds)) {
      serviceTime.forget();
      window.forget();
    }
    window.completed(requestsInFlightBefore);
  }

  /**
   * Whether a failure says something about the target. One that took long, while the target kept
   * answering others, says that there is too much to do: closing targets for that would make it
   * worse.
   */
  boolean speaksAgainstTarget(long nowNanos, long tookNanos) {
    if (tookNanos < 1_000_000_000L) {
      return true;
    }
    double recentNanos = Math.max(0.2, 8 * costSeconds) / SECONDS_PER_NANO;
    return nowNanos - succeededNanos >= recentNanos;
  }

  /**
   * Whether it has been left alone for so long that what is known of it may no longer be true: a
   * hundred times what a request costs it, but one second at least and thirty at most.
   */
  boolean isUnattended(long nowNanos) {
    double patienceSeconds = Math.max(1, Math.min(30, 100 * costSeconds));
    return nowNanos - sentNanos > patienceSeconds / SECONDS_PER_NANO;
  }

  private double advance(long nowNanos, int requestsInFlight) {
    if (requestsInFlight > 0) {
      window.passed(Math.max(0, nowNanos - changedNanos) * SECONDS_PER_NANO, requestsInFlight);
    }
    changedNanos = nowNanos;
    return busy.read(nowNanos, requestsInFlight);
  }
}
