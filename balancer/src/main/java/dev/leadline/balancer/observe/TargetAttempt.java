package dev.leadline.balancer.observe;

import dev.leadline.routing.target.TargetState;

/**
 * One try of a request at one target. Times are nanoseconds on the clock of the event loop, or
 * {@link RequestEnd#NEVER}. Does not change any more once its request has ended.
 */
public interface TargetAttempt {

  /** What it was for. */
  enum Purpose {
    /** The request's first target. */
    FIRST,
    /** Another target, because the first one failed. */
    RETRY,
    /** Another target beside the first, because that one is slow. */
    HEDGE
  }

  /** What came of it. */
  enum Result {
    /** The target began to answer; the answer may have broken off later. */
    ANSWERED,
    /** The target could not be connected to. */
    NOT_CONNECTED,
    /** The connection broke, the answer was not HTTP, or none came in time. */
    FAILED,
    /** Nobody needed it any more: the client left, or another attempt was faster. */
    ABANDONED
  }

  /** What it was for. */
  Purpose purpose();

  /** The target. To be read only. */
  TargetState target();

  /** What came of it. */
  Result result();

  /** Status of the target's answer; 0 if there was none. */
  int status();

  /** When the target was chosen. */
  long chosenNanos();

  /** When it had a connection, and the request was sent on it. */
  long connectedNanos();

  /** When the head of the answer was there. */
  long firstByteNanos();

  /** When it was over. */
  long endNanos();

  /** Time from sending the request to the end of the answer; negative if there was none. */
  default long answeredNanos() {
    return result() == Result.ANSWERED ? Math.max(0, endNanos() - connectedNanos()) : -1;
  }

  /** Time from sending the request to the head of the answer; 0 if there was none. */
  default long responseNanos() {
    return result() == Result.ANSWERED ? Math.max(0, firstByteNanos() - connectedNanos()) : 0;
  }
}
