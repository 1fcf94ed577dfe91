package dev.leadline.routing.policy.leadline;

import dev.leadline.routing.NanoClock;
import dev.leadline.routing.PendingRequest;
import dev.leadline.routing.Surroundings;
import dev.leadline.routing.health.TargetHealth;
import dev.leadline.routing.policy.LeadlinePolicy;
import dev.leadline.routing.policy.TargetSelector;
import dev.leadline.routing.target.Outcome;
import dev.leadline.routing.target.Selection;
import dev.leadline.routing.target.TargetState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
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
  private final List<Knowledge> members = new ArrayList<>();
  private @Nullable Knowledge[] byIndex = new @Nullable Knowledge[8];
  private String rule = "";
  private final Sleepers sleepers = new Sleepers();
  private double groupSeconds = Shrinkage.UNMEASURED_SECONDS;
  private double trialsSaved = 1;
  private int closedTargets;
  private boolean stale;
  private long refreshedNanos;
  private int start;

  /** Starts the policy on a group. */
  public LeadlineSelector(LeadlinePolicy policy, Surroundings surroundings) {
    this.policy = policy;
    clock = surroundings.clock();
    random = surroundings.random();
  }

  @Override
  public void joined(TargetState target) {
    Knowledge newcomer = new Knowledge(clock.nanoTime());
    newcomer.costSeconds = groupSeconds;
    members.add(newcomer);
    if (target.index() >= byIndex.length) {
      byIndex = Arrays.copyOf(byIndex, Math.max(target.index() + 1, 2 * byIndex.length));
    }
    byIndex[target.index()] = newcomer;
    // Balancers side by side begin at different targets.
    start = random.nextInt(members.size());
  }

  @Override
  public void left(TargetState target) {
    Knowledge gone = of(target);
    members.remove(gone);
    closedTargets -= gone.closing.isClosed() ? 1 : 0;
    byIndex[target.index()] = null;
  }

  @Override
  public double load(TargetState candidate) {
    return score(candidate, of(candidate));
  }

  @Override
  public String rule() {
    return rule;
  }

  /**
   * The candidate with the smallest score; equals take turns. One that is full is passed over,
   * unless waiting for it promises more than the best of the others: its score, and the time in
   * which the group serves those that wait already (a threshold on the queue, as is optimal for
   * servers of different speed; Lin and Kumar, IEEE Transactions on Automatic Control 29, 1984).
   */
  @Override
  public Selection select(List<TargetState> candidates, PendingRequest request, int held) {
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
      Knowledge known = of(candidate);
      if (policy.trials() && trialIsDue(candidate, known, now)) {
        rule = "a trial: it was closed, or unattended for long";
        return candidate;
      }
      if (known.closing.isClosed()) {
        continue;
      }
      double score = score(candidate, known);
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
      rule = "waiting for a full target promises more than the best that has room";
      return Selection.WAIT;
    }
    if (best == null) {
      rule = "all candidates are closed: any of them";
      return anyOf(candidates);
    }
    rule = "smallest score of those with room";
    return best;
  }

  @Override
  public double requestOpened(TargetState target) {
    return of(target).sent(clock.nanoTime(), target.requestsInFlight() - 1);
  }

  @Override
  public void requestClosed(TargetState target, Outcome outcome, long nanos, double mark) {
    Knowledge known = of(target);
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

  private Knowledge of(TargetState target) {
    return Objects.requireNonNull(byIndex[target.index()]);
  }

  private static double score(TargetState candidate, Knowledge known) {
    return (candidate.requestsInFlight() + 1) * known.costSeconds + known.penaltySeconds;
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
        || 2 * (closedTargets + 1) > members.size()) {
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
    for (Knowledge it : members) {
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
    for (Knowledge it : members) {
      it.serviceTime.age(now);
      it.errorRate.age(now);
      errors += it.errorRate.errors();
      requests += it.errorRate.requests();
    }
    groupSeconds = Shrinkage.estimate(members, policy.shrinkage());
    if (!policy.errorScore()) {
      return;
    }
    for (Knowledge it : members) {
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
