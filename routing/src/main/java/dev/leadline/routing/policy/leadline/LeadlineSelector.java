package dev.leadline.routing.policy.leadline;

import dev.leadline.routing.NanoClock;
import dev.leadline.routing.health.TargetHealth;
import dev.leadline.routing.policy.LeadlinePolicy;
import dev.leadline.routing.policy.TargetSelector;
import dev.leadline.routing.target.Outcome;
import dev.leadline.routing.target.Selection;
import dev.leadline.routing.target.TargetState;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * {@link LeadlinePolicy} at work: puts the ingredients of this package together. Allocates nothing
 * for a request. Not thread-safe.
 */
public final class LeadlineSelector implements TargetSelector {

  /** What an error costs a client: the time after which it would have given up. */
  private static final double ERROR_SECONDS = 5;

  /** A target's errors count as far as they exceed so many times those of the others. */
  private static final double COMMON_ERRORS = 1.5;

  private static final double CLOSING_MARGIN = 0.05;
  private static final double OTHERS_WORK_BELOW = 0.2;
  private static final int FAILURES_IN_ROW = 3;

  /** At most one request in so many is a trial of an unattended target. */
  private static final double REQUESTS_PER_TRIAL = 500;

  private static final double MOST_TRIALS_SAVED = 5;

  /** Estimates need not be younger than this. */
  private static final long REFRESH_NANOS = 500_000;

  private final LeadlinePolicy policy;
  private final NanoClock clock;
  private final RandomGenerator random;
  private final Knowledge[] targets;
  private final Sleepers sleepers = new Sleepers();
  private double groupSeconds = Shrinkage.UNMEASURED_SECONDS;
  private double trialsSaved = 1;
  private int closedTargets;
  private boolean stale;
  private long refreshedNanos;
  private int start;

  /** Starts the policy on a group of so many targets. */
  public LeadlineSelector(
      LeadlinePolicy policy, int targets, NanoClock clock, RandomGenerator random) {
    this.policy = policy;
    this.clock = clock;
    this.random = random;
    this.targets = new Knowledge[targets];
    for (int i = 0; i < targets; i++) {
      this.targets[i] = new Knowledge(clock.nanoTime());
    }
    // Balancers side by side begin at different targets.
    start = targets == 0 ? 0 : random.nextInt(targets);
  }

  /**
   * The candidate with the smallest score; equals take turns. One that is full is passed over,
   * unless waiting for it promises more than the best of the others: its score, and the time in
   * which the group serves those that wait already (a threshold on the queue, as is optimal for
   * servers of different speed; Lin and Kumar, IEEE Transactions on Automatic Control 29, 1984).
   */
  @Override
  public Selection select(List<TargetState> candidates, int held) {
    long now = clock.nanoTime();
    refresh(now);
    trialsSaved = Math.min(MOST_TRIALS_SAVED, trialsSaved + 1 / REQUESTS_PER_TRIAL);
    boolean bindLate = policy.lateBinding() && !sleepers.areMany();
    @Nullable TargetState best = null;
    double bestScore = Double.POSITIVE_INFINITY;
    double bestFullScore = Double.POSITIVE_INFINITY;
    double servedPerSecond = 0;
    int size = candidates.size();
    int position = start < size ? start : 0;
    for (int i = 0; i < size; i++) {
      TargetState candidate = candidates.get(position);
      position = position + 1 == size ? 0 : position + 1;
      Knowledge known = targets[candidate.index()];
      if (policy.trials() && trialIsDue(candidate, known, now)) {
        return candidate;
      }
      if (known.closing.isClosed()) {
        continue;
      }
      double score = (candidate.requestsInFlight() + 1) * known.costSeconds + known.penaltySeconds;
      servedPerSecond += 1 / known.costSeconds;
      if (bindLate && candidate.requestsInFlight() >= known.window.size()) {
        bestFullScore = Math.min(bestFullScore, score);
      } else if (score < bestScore) {
        bestScore = score;
        best = candidate;
        start = position;
      }
    }
    if (bestFullScore + held / servedPerSecond < bestScore) {
      return Selection.WAIT;
    }
    return best == null ? anyOf(candidates) : best;
  }

  @Override
  public double requestOpened(TargetState target) {
    return targets[target.index()].sent(clock.nanoTime(), target.requestsInFlight() - 1);
  }

  @Override
  public void requestClosed(TargetState target, Outcome outcome, long nanos, double mark) {
    Knowledge known = targets[target.index()];
    long now = clock.nanoTime();
    int inFlightBefore = target.requestsInFlight() + 1;
    double sample = known.ended(now, inFlightBefore, mark);
    stale = true;
    switch (outcome) {
      case SUCCEEDED -> {
        known.succeeded(now, inFlightBefore, sample, groupSeconds, policy.recovery());
        sleepers.answered(nanos, known.costSeconds);
        known.errorRate.add(false, now);
        open(known);
      }
      case FAILED -> {
        known.closing.failed(now, random);
        if (known.speaksAgainstTarget(now, nanos)) {
          known.errorRate.add(true, now);
          considerClosing(known, now);
        }
      }
      case IGNORED -> known.closing.ignored();
    }
  }

  private boolean trialIsDue(TargetState candidate, Knowledge known, long now) {
    if (known.closing.isClosed()) {
      if (known.closing.trialIsDue(now)
          && candidate.health().status() != TargetHealth.Status.UNHEALTHY) {
        known.closing.trialSent();
        return true;
      }
      return false;
    }
    if (trialsSaved >= 1
        && candidate.requestsInFlight() == 0
        && known.penaltySeconds == 0
        && known.isUnattended(now)) {
      trialsSaved--;
      return true;
    }
    return false;
  }

  /** Every candidate is closed: better to ask one of them than none. */
  private TargetState anyOf(List<TargetState> candidates) {
    return candidates.get(random.nextInt(candidates.size()));
  }

  private void open(Knowledge known) {
    if (known.closing.isClosed()) {
      known.closing.open();
      known.errorRate.reset();
      closedTargets--;
    }
  }

  /**
   * Closes a target that fails while others do not, never more than half of the group: when
   * everything fails, it is not the targets.
   */
  private void considerClosing(Knowledge suspect, long now) {
    if (!policy.closing()
        || suspect.closing.isClosed()
        || 2 * (closedTargets + 1) > targets.length) {
      return;
    }
    double others = errorShareOfOthers(suspect);
    ErrorRate rate = suspect.errorRate;
    boolean failsAlone = rate.failuresInRow() >= FAILURES_IN_ROW && others < OTHERS_WORK_BELOW;
    boolean failsMore =
        rate.errors() >= FAILURES_IN_ROW && rate.atLeast() > others + CLOSING_MARGIN;
    if (failsAlone || failsMore) {
      suspect.closing.close(now, random);
      closedTargets++;
    }
  }

  private double errorShareOfOthers(Knowledge one) {
    double errors = 0;
    double requests = 0;
    for (Knowledge it : targets) {
      if (it != one) {
        errors += it.errorRate.errors();
        requests += it.errorRate.requests();
      }
    }
    return requests > 0 ? errors / requests : 0;
  }

  private void refresh(long now) {
    if (!stale || now - refreshedNanos < REFRESH_NANOS) {
      return;
    }
    stale = false;
    refreshedNanos = now;
    double errors = 0;
    double requests = 0;
    for (Knowledge it : targets) {
      it.serviceTime.age(now);
      it.errorRate.age(now);
      errors += it.errorRate.errors();
      requests += it.errorRate.requests();
    }
    groupSeconds = Shrinkage.estimate(targets, policy.shrinkage());
    if (!policy.errorScore()) {
      return;
    }
    for (Knowledge it : targets) {
      double atLeast = it.errorRate.atLeast();
      if (atLeast == 0) {
        it.penaltySeconds = 0;
        continue;
      }
      double otherRequests = requests - it.errorRate.requests();
      double others = otherRequests > 0 ? (errors - it.errorRate.errors()) / otherRequests : 0;
      it.penaltySeconds = ERROR_SECONDS * Math.max(0, atLeast - COMMON_ERRORS * others);
    }
  }
}
