package dev.leadline.routing.policy.leadline;

import dev.leadline.routing.target.TargetState;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a request waits for a full target or goes to the best one with room. It waits
 * when the expected wait plus the full target's score is smaller. For two servers of different
 * speed such a threshold is optimal (Lin and Kumar, IEEE Transactions on Automatic Control 29,
 * 1984).
 *
 * <p>The expected wait is the time in which the full targets serve the requests that wait already.
 * When more requests keep arriving than the full targets can serve, the queue would never end and
 * the other targets are needed anyway; then no request waits while any target has room.
 *
 * <p>With the counts of other balancers two things differ. A balancer knows the windows of some
 * targets only, so those that are about as fast as the group serve as well as the full ones. And a
 * balancer waits only while it has at least half of its share of what the full targets can use:
 * otherwise one that is wrong, or takes every place that becomes free, could keep it from sending.
 *
 * <p>One object serves all choices of a selector, one after the other. Not thread-safe.
 */
final class LateBinding {

  /** A target's cost is at most this many times the group's if it is about as fast. */
  private static final double AS_FAST = 1.5;

  /** Part of its equal share that a balancer must have to wait. */
  private static final double SHARE = 0.5;

  private @Nullable TargetState best;
  private double bestScore;
  private double servePerSecond;
  private double alikePerSecond;
  private long own;
  private long windows;

  /** A request needs a target: forgets the targets of the choice before. */
  void begin() {
    best = null;
    bestScore = Double.POSITIVE_INFINITY;
    servePerSecond = 0;
    alikePerSecond = 0;
    own = 0;
    windows = 0;
  }

  /**
   * This target is full.
   *
   * @param score in seconds
   * @param inFlight requests of this balancer there
   */
  void full(TargetModel target, double score, int inFlight) {
    if (score < bestScore) {
      bestScore = score;
      best = target.target;
    }
    servePerSecond += 1 / target.costSeconds;
    own += inFlight;
    windows += target.windowSize();
  }

  /** This one is not. */
  void room(TargetModel target, double groupSeconds) {
    if (target.costSeconds <= AS_FAST * groupSeconds) {
      alikePerSecond += 1 / target.costSeconds;
    }
  }

  /**
   * Whether waiting is better.
   *
   * @param roomScore score of the best target with room, in seconds; infinite if there is none
   * @param arrivePerSecond requests a second that keep arriving, at all balancers
   * @param held how many requests wait already
   * @param balancers whose requests are known
   */
  boolean waitingPays(double roomScore, double arrivePerSecond, int held, int balancers) {
    if (best == null || mustSend(balancers)) {
      return false;
    }
    if (roomScore == Double.POSITIVE_INFINITY) {
      return true;
    }
    double serve = balancers == 1 ? servePerSecond : servePerSecond + alikePerSecond;
    return arrivePerSecond <= serve && bestScore + held / serve < roomScore;
  }

  /** The best full target, if the request should go there nevertheless; null if not. */
  @Nullable TargetState instead(double roomScore, int balancers) {
    return mustSend(balancers) && bestScore < roomScore ? best : null;
  }

  private boolean mustSend(int balancers) {
    return balancers > 1 && own * balancers < SHARE * windows;
  }
}
