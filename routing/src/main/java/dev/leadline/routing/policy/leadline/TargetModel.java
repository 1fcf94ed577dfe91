package dev.leadline.routing.policy.leadline;

import dev.leadline.routing.target.TargetState;

/** What the flagship has learned of one target, one object for each ingredient. Not thread-safe. */
final class TargetModel {

  private static final double SECONDS_PER_NANO = 1e-9;

  final ServiceTime serviceTime = new ServiceTime();
  final ErrorRate errorRate = new ErrorRate();
  final CapacityWindow window = new CapacityWindow();
  final CircuitBreaker circuitBreaker = new CircuitBreaker();
  final InFlightTable.Chain inFlight = new InFlightTable.Chain();
  final Preference preference = new Preference();
  final RecoveryProbe recoveryProbe = new RecoveryProbe();
  final TargetState target;

  private final AttributedTime busy = new AttributedTime();
  private final AttributedTime running = new AttributedTime();
  private final RecoveryDetector change = new RecoveryDetector();
  private long changedNanos;
  private long sentNanos;
  private long succeededNanos;

  /** Estimated cost of a request, in seconds; drawn towards the group's mean. */
  double costSeconds;

  /** Logarithm of the measured cost: the workings of {@link Shrinkage}. */
  double logSeconds;

  /** What its errors add to its score, in seconds. */
  double penaltySeconds;

  /**
   * Nothing is known yet.
   *
   * @param costSeconds what a request costs the group's targets on average
   */
  TargetModel(TargetState target, long nowNanos, double costSeconds) {
    this.target = target;
    this.costSeconds = costSeconds;
    sentNanos = nowNanos;
    changedNanos = nowNanos;
  }

  /**
   * Requests that share the target: all of them, or those that are running.
   *
   * @param longPolls whether parked ones leave room for others
   */
  int sharing(int requestsInFlight, boolean longPolls) {
    return longPolls ? requestsInFlight - inFlight.parked() : requestsInFlight;
  }

  /**
   * A request was sent, the target having so many before; answers its place among the
   * inFlightTable.
   */
  int sent(InFlightTable all, long nowNanos, int requestsInFlightBefore, boolean longPolls) {
    sentNanos = nowNanos;
    advance(nowNanos, requestsInFlightBefore, longPolls);
    return all.add(inFlight, nowNanos, busy.seconds(), running.seconds());
  }

  /** Brings the clocks up to date, before a change of the number of requests in flight. */
  void advance(long nowNanos, int requestsInFlight, boolean longPolls) {
    int sharing = sharing(requestsInFlight, longPolls);
    if (sharing > 0) {
      window.passed(Math.max(0, nowNanos - changedNanos) * SECONDS_PER_NANO, sharing);
    }
    changedNanos = nowNanos;
    busy.advance(nowNanos, requestsInFlight);
    running.advance(nowNanos, requestsInFlight - inFlight.parked());
  }

  /** Attributed seconds since the request at this place was sent, all in flight sharing. */
  double busySample(InFlightTable all, int place) {
    return busy.seconds() - all.busySeconds(place);
  }

  /** The same if parked ones leave room for others. */
  double runningSample(InFlightTable all, int place) {
    return running.seconds() - all.runningSeconds(place);
  }

  /**
   * Takes an answer into account.
   *
   * @param groupSeconds what a request costs the group's targets on average
   * @param noticeRecovery whether to look out for a slow target that has become fast
   */
  void succeeded(
      long nowNanos,
      int sharingBefore,
      double sampleSeconds,
      double groupSeconds,
      boolean noticeRecovery) {
    succeededNanos = nowNanos;
    serviceTime.add(sampleSeconds, nowNanos);
    if (noticeRecovery
        && change.hasRecovered(sampleSeconds, serviceTime.meanSeconds(), groupSeconds)) {
      forgetSpeed();
    }
    window.completed(sharingBefore);
  }

  /** It behaves differently now: what is known of its speed goes, but for a small part. */
  void forgetSpeed() {
    serviceTime.forget();
    window.forget();
  }

  /** When it got its last request. */
  long sentNanos() {
    return sentNanos;
  }

  /** A parked request was answered: it says nothing about the cost of the others. */
  void parkedRequestAnswered(long nowNanos) {
    succeededNanos = nowNanos;
  }

  /**
   * Whether a failure says something about the target. One that took long, while the target kept
   * answering others, says that there is too much to do: opening circuits for that would make it
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
    double unattendedSeconds = Math.max(1, Math.min(30, 100 * costSeconds));
    return nowNanos - sentNanos > unattendedSeconds / SECONDS_PER_NANO;
  }
}
