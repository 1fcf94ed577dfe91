package dev.leadline.routing.policy.leadline;

import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Compares the errors of the targets of a group. Errors that the other targets do not have worsen a
 * target's score; a target that fails alone gets its circuit opened. At most half of the circuits
 * are open: when everything fails, the cause is elsewhere. Not thread-safe.
 */
final class ErrorScore {

  /** An error counts as this much time: a client would have given up by then. */
  private static final double ERROR_SECONDS = 5;

  /** A target's errors count as far as they exceed the others' by this factor. */
  private static final double COMMON_ERRORS = 1.5;

  private static final double OPENING_MARGIN = 0.05;
  private static final double OTHERS_WORK_BELOW = 0.2;
  private static final int FAILURES_IN_ROW = 3;

  private final List<TargetModel> members;
  private double errors;
  private double requests;

  /** The list may change. */
  ErrorScore(List<TargetModel> members) {
    this.members = members;
  }

  /** Adds up the errors of all targets. */
  void sum(long nowNanos) {
    errors = 0;
    requests = 0;
    for (int i = 0; i < members.size(); i++) {
      ErrorRate rate = members.get(i).errorRate;
      rate.age(nowNanos);
      errors += rate.errors();
      requests += rate.requests();
    }
  }

  /** Sets the penalty of every target. Needs {@link #sum} first. */
  void score() {
    for (int i = 0; i < members.size(); i++) {
      TargetModel it = members.get(i);
      double atLeast = it.errorRate.atLeast();
      it.penaltySeconds =
          atLeast == 0
              ? 0
              : ERROR_SECONDS * Math.max(0, atLeast - COMMON_ERRORS * shareOfOthers(it));
    }
  }

  /** Opens the circuit of a target if the other targets do not fail like it. */
  void considerOpening(TargetModel suspect, long nowNanos, RandomGenerator random) {
    if (suspect.circuitBreaker.isOpen() || 2 * (openCircuits() + 1) > members.size()) {
      return;
    }
    sum(nowNanos);
    double others = shareOfOthers(suspect);
    ErrorRate rate = suspect.errorRate;
    boolean failsAlone = rate.failuresInRow() >= FAILURES_IN_ROW && others < OTHERS_WORK_BELOW;
    boolean failsMore =
        rate.errors() >= FAILURES_IN_ROW && rate.atLeast() > others + OPENING_MARGIN;
    if (failsAlone || failsMore) {
      suspect.circuitBreaker.open(nowNanos, random);
    }
  }

  private int openCircuits() {
    int open = 0;
    for (int i = 0; i < members.size(); i++) {
      open += members.get(i).circuitBreaker.isOpen() ? 1 : 0;
    }
    return open;
  }

  private double shareOfOthers(TargetModel one) {
    double others = requests - one.errorRate.requests();
    return others > 0 ? Math.max(0, errors - one.errorRate.errors()) / others : 0;
  }
}
