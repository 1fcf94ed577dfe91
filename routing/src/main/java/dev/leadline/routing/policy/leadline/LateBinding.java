package dev.leadline.routing.policy.leadline;

/**
 * Decides whether a request waits for a full target or goes to the best one with room. It waits
 * when the expected wait plus the full target's score is smaller. For two servers of different
 * speed such a threshold is optimal (Lin and Kumar, IEEE Transactions on Automatic Control 29,
 * 1984).
 *
 * <p>The expected wait is the time in which the full targets serve the requests that wait already.
 * When more requests keep arriving than the full targets can serve, the queue would never end and
 * the other targets are needed anyway; then no request waits while any target has room.
 */
final class LateBinding {

  private LateBinding() {}

  /**
   * Whether waiting is better.
   *
   * @param roomScore score of the best target with room, in seconds; infinite if there is none
   * @param fullScore score of the best full target, in seconds; infinite if there is none
   * @param fullServePerSecond requests a second that the full targets serve
   * @param arrivePerSecond requests a second that keep arriving
   * @param held how many requests wait already
   */
  static boolean waitingPays(
      double roomScore,
      double fullScore,
      double fullServePerSecond,
      double arrivePerSecond,
      int held) {
    if (fullScore == Double.POSITIVE_INFINITY || roomScore == Double.POSITIVE_INFINITY) {
      return fullScore < roomScore;
    }
    return arrivePerSecond <= fullServePerSecond
        && fullScore + held / fullServePerSecond < roomScore;
  }
}
