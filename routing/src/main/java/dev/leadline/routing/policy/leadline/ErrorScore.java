package dev.leadline.routing.policy.leadline;

import java.util.List;
import java.util.random.RandomGenerator;

/**
 * What the errors of a group mean for each of its targets: they worsen its score as far as the
 * others do not have them too, and they open its circuit when it fails alone. Never more than half
 * of the circuits are open: when everything fails, it is not the targets. Not thread-safe.
 */
final class ErrorScore {

  /** What an error costs a client: the time after which it would have given up. */
  private static final double ERROR_SECONDS = 5;

  /** A target's errors count as far as they exceed so many times those of the others. */
  private static final double COMMON_ERRORS = 1.5;

  private static final double OPENING_MARGIN = 0.05;
  private static final double OTHERS_WORK_BELOW = 0.2;
  private static final int FAILURES_IN_ROW = 3;

  private final List<TargetModel> members;
  private double errors;
  private double requests;

  /** The targets may come and go. */
  ErrorScore(List<TargetModel> members) {
    this.members = members;
  }

  /** Adds up what is remembered of all targets. */
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

  /** Gives every target its penalty; after {@link #sum}. */
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

  /** Opens the circuit of a target if its errors are its own. */
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
