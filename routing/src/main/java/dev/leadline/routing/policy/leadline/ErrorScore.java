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

  /**
   * A request was answered: closes the circuit of its target if it was the last trial. Compares
   * with the errors that others had at the last {@link #sum}.
   */
  void succeeded(TargetModel by, long nowNanos, long sentNanos) {
    by.errorRate.add(false, nowNanos);
    by.failureDetector.add(false, shareOfOthers(by));
    if (by.circuitBreaker.succeeded(nowNanos, sentNanos)) {
      by.errorRate.reset();
      by.failureDetector.reset();
    }
  }

  /**
   * A request failed: opens the circuit of its target if the other targets do not fail like it.
   *
   * @param mayOpen whether circuits are used
   */
  void failed(TargetModel suspect, long nowNanos, boolean mayOpen, RandomGenerator random) {
    suspect.errorRate.add(true, nowNanos);
    sum(nowNanos);
    FailureDetector detector = suspect.failureDetector;
    CircuitBreaker circuit = suspect.circuitBreaker;
    detector.add(true, shareOfOthers(suspect));
    if (mayOpen
        && detector.failsAlone(circuit.isSuspected(nowNanos))
        && !circuit.isOpen()
        && 2 * (openCircuits() + 1) <= members.size()) {
      circuit.open(nowNanos, detector.successesBetweenFailures(), random);
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
