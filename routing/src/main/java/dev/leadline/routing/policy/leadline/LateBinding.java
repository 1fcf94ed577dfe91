package dev.leadline.routing.policy.leadline;

/**
 * Whether a request had better wait for a full target than go to the best one that has room. It
 * does where the wait and the full target's score together are smaller: for two servers of
 * different speed such a threshold on the queue is optimal (Lin and Kumar, IEEE Transactions on
 * Automatic Control 29, 1984).
 *
 * <p>The wait is the time in which the full targets serve those that wait already. But where more
 * arrives lastingly than they can serve, this queue does not end: everybody who joins it delays all
 * who come later, and the others have to be used anyway. Then nobody waits who need not.
 */
final class LateBinding {

  private LateBinding() {}

  /**
   * Whether to wait.
   *
   * @param roomScore score of the best target with room, in seconds; infinite if there is none
   * @param fullScore score of the best full target, in seconds; infinite if there is none
   * @param fullServePerSecond what the full targets serve
   * @param arrivePerSecond what arrives lastingly
   * @param held requests that wait already
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
