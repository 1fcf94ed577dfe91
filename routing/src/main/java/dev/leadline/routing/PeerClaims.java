package dev.leadline.routing;

import java.util.Arrays;

/**
 * What one peer says it has in flight at each target, and what of it counts. All counts are cut to
 * one level. How many targets have which number is kept beside them, so that the level is found
 * without a look at every target. Not thread-safe.
 */
final class PeerClaims {

  /**
   * More at one target counts as so many, although a message may say 65,535: the table below has
   * this size for each peer. So targets where a peer has more look alike in what it has, and are
   * compared by what else is known; none of them looks emptier than one where it has less.
   */
  static final int MOST = 1023;

  private final int[] inFlight;
  private final int[] awake;
  private final int[] countedInFlight;
  private final int[] countedAwake;

  /** How many targets have each number in flight, from 1 on. */
  private final int[] targetsWith = new int[MOST + 1];

  private int busyTargets;

  /**
   * Nothing was said yet.
   *
   * @param size indexes of targets are below it
   */
  PeerClaims(int size) {
    inFlight = new int[size];
    awake = new int[size];
    countedInFlight = new int[size];
    countedAwake = new int[size];
  }

  /** The peer has this at a target, whatever nonsense it says. */
  void say(int index, int saysInFlight, int saysAwake) {
    count(inFlight[index], -1);
    inFlight[index] = Math.max(0, Math.min(saysInFlight, MOST));
    awake[index] = Math.max(0, Math.min(saysAwake, inFlight[index]));
    count(inFlight[index], 1);
  }

  private void count(int requests, int targets) {
    if (requests > 0) {
      targetsWith[requests] += targets;
      busyTargets += targets;
    }
  }

  /** The peer has nothing anywhere. What counts stays. */
  void clear() {
    Arrays.fill(inFlight, 0);
    Arrays.fill(awake, 0);
    Arrays.fill(targetsWith, 0);
    busyTargets = 0;
  }

  /** The largest level, 1 to {@code most}, that gives all counts together this sum at most. */
  int level(int most, int sum) {
    int targets = busyTargets;
    long cut = targets;
    for (int level = 1; level < Math.min(most, MOST); level++) {
      targets -= targetsWith[level];
      cut += targets;
      if (cut > sum) {
        return level;
      }
      if (targets == 0) {
        break;
      }
    }
    return most;
  }

  /** Whether a target has more than this. */
  boolean isAbove(int level) {
    int targets = busyTargets;
    for (int i = 1; i <= Math.min(level, MOST) && targets > 0; i++) {
      targets -= targetsWith[i];
    }
    return targets > 0;
  }

  /** In flight at a target, cut to this level. */
  int inFlight(int index, int level) {
    return Math.min(inFlight[index], level);
  }

  /** Of those the ones that are awake. */
  int awake(int index, int level) {
    return Math.min(awake[index], level);
  }

  /** What of it counts now. */
  int countedInFlight(int index) {
    return countedInFlight[index];
  }

  /** What of the awake ones counts now. */
  int countedAwake(int index) {
    return countedAwake[index];
  }

  /** From now on so many count. */
  void counted(int index, int nowInFlight, int nowAwake) {
    countedInFlight[index] = nowInFlight;
    countedAwake[index] = nowAwake;
  }
}
