package dev.leadline.routing.policy.leadline;

import dev.leadline.routing.target.TargetState;

/** What the flagship has learned about one target. Not thread-safe. */
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

  /** Requests of other balancers that a choice takes for sent there; 0 between choices. */
  int rivals;

  private final AttributedTime busy = new AttributedTime();
  private final AttributedTime running = new AttributedTime();
  private final RecoveryDetector change = new RecoveryDetector();
  private long changedNanos;
  private long sentNanos;
  private long succeededNanos;

  /** Estimated cost of a request, in seconds, after {@link Shrinkage}. */
  double costSeconds;

  /** Logarithm of the measured cost; {@link Shrinkage} keeps it here. */
  double logSeconds;

  /** What its errors add to its score, in seconds. */
  double penaltySeconds;

  /**
   * A new target.
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
   * Requests of this balancer that share the target: all in flight, or only those that are not
   * parked, also of its other routers.
   *
   * @param requestsInFlight of this router
   * @param longPolls whether parked requests are long polls, which leave room for others
   */
  int sharing(int requestsInFlight, boolean longPolls) {
    int all = requestsInFlight + target.requestsInFlightElsewhere();
    return longPolls ? all - inFlight.parked() - target.requestsParkedElsewhere() : all;
  }

  /**
   * Requests of other balancers that share the target, as far as they told: all in flight, or only
   * those that are not parked.
   */
  int others(boolean longPolls) {
    return longPolls ? target.requestsAwakeAtPeers() : target.requestsInFlightAtPeers();
  }

  /** A request was sent. Returns its row in the table. */
  int sent(InFlightTable all, long nowNanos, int requestsInFlightBefore, boolean longPolls) {
    sentNanos = nowNanos;
    advance(nowNanos, requestsInFlightBefore, longPolls);
    return all.add(inFlight, nowNanos, busy.seconds(), running.seconds());
  }

  /** Updates the clocks. Must be called before the number of requests in flight changes. */
  void advance(long nowNanos, int requestsInFlight, boolean longPolls) {
    if (target.routers() == 1) {
      passed(Math.max(0, nowNanos - changedNanos) * SECONDS_PER_NANO, requestsInFlight, longPolls);
    }
    changedNanos = nowNanos;
    busy.advance(nowNanos, sharing(requestsInFlight, false) + others(false));
    running.advance(nowNanos, sharing(requestsInFlight, true) + others(true));
  }

  /** Time passed with so many requests of this router in flight, and those of all others. */
  void passed(double seconds, int requestsInFlight, boolean longPolls) {
    int sharing = sharing(requestsInFlight, longPolls) + others(longPolls);
    if (sharing > 0) {
      window.passed(seconds, sharing);
    }
  }

  /**
   * Whether the target has as many requests as it can use. To a router with none there it never is:
   * a request that waits then always waits for the end of another one of its own router, and a
   * router cannot be kept out by the others.
   */
  boolean isFull(int sharing) {
    return sharing >= windowSize() && (target.routers() == 1 || target.requestsInFlight() > 0);
  }

  /** Requests in flight that the target can use, or {@link CapacityWindow#UNKNOWN}. */
  int windowSize() {
    return target.smallestWindow(window.size());
  }

  /**
   * Attributed seconds since the request in this row was sent, if all in flight share the target.
   */
  double busySample(InFlightTable all, int place) {
    return busy.seconds() - all.busySeconds(place);
  }

  /** The same if parked requests do not share it. */
  double runningSample(InFlightTable all, int place) {
    return running.seconds() - all.runningSeconds(place);
  }

  /**
   * A request was answered.
   *
   * @param groupSeconds what a request costs the group's targets on average
   * @param noticeRecovery whether to detect that a slow target has become fast
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

  /**
   * Forgets most of what was learned about the speed, because the target behaves differently now.
   */
  void forgetSpeed() {
    serviceTime.forget();
    window.forget();
  }

  /** Forgets all that was learned about the speed: it has the group's mean, as a new target. */
  void startAnew() {
    serviceTime.forgetAll();
    window.forget();
  }

  /** When it got its last request. */
  long sentNanos() {
    return sentNanos;
  }

  /** A parked request was answered, which says nothing about the cost of others. */
  void parkedRequestAnswered(long nowNanos) {
    succeededNanos = nowNanos;
  }

  /**
   * Whether a failure counts against the target. A slow failure while the target answers other
   * requests is a sign of overload, which opening circuits would make worse.
   */
  boolean speaksAgainstTarget(long nowNanos, long tookNanos) {
    if (tookNanos < 1_000_000_000L) {
      return true;
    }
    double recentNanos = Math.max(0.2, 8 * costSeconds) / SECONDS_PER_NANO;
    return nowNanos - succeededNanos >= recentNanos;
  }

  /**
   * Whether the target got no requests for so long that its estimate may be outdated: a hundred
   * times what a request costs, at least one second and at most thirty. Routers and balancers that
   * share the target wait longer in proportion to their number, so that together they try it as
   * often as one.
   */
  boolean isUnattended(long nowNanos) {
    double unattendedSeconds = Math.max(1, Math.min(30, 100 * costSeconds));
    return nowNanos - sentNanos
        > (long) target.routers() * target.balancers() * unattendedSeconds / SECONDS_PER_NANO;
  }
}
