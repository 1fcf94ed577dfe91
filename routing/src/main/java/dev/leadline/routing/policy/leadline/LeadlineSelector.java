package dev.leadline.routing.policy.leadline;

import dev.leadline.routing.NanoClock;
import dev.leadline.routing.PendingRequest;
import dev.leadline.routing.ProbeRequests;
import dev.leadline.routing.Surroundings;
import dev.leadline.routing.health.TargetHealth;
import dev.leadline.routing.policy.LeadlinePolicy;
import dev.leadline.routing.policy.LeadlinePolicy.Ingredient;
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
 * for a request once there are as many places as requests at a time. Not thread-safe.
 */
public final class LeadlineSelector implements TargetSelector {

  /** Looks at so many candidates for a request at most: of more, at a window that moves by lot. */
  private static final int MOST_COMPARED = 64;

  /**
   * At most one request in so many is a trial: of an unattended target, or of a closed one that has
   * not waited for very long.
   */
  private static final double REQUESTS_PER_TRIAL = 500;

  private static final double MOST_TRIALS_SAVED = 5;

  /** Estimates need not be younger than this, or than so much for each target. */
  private static final long REFRESH_NANOS = 500_000;

  private static final long REFRESH_NANOS_PER_TARGET = 10_000;

  private static final double SECONDS_PER_NANO = 1e-9;

  /** So often one target by lot gets a new preference. */
  private static final long PREFERENCE_NANOS = 5_000_000_000L;

  private final boolean attributesTime;
  private final boolean shrinks;
  private final boolean scoresErrors;
  private final boolean closes;
  private final boolean tries;
  private final boolean noticesRecovery;
  private final boolean noticesSleepers;
  private final boolean prefers;
  private final boolean bindsLate;
  private final NanoClock clock;
  private final RandomGenerator random;
  private final ProbeRequests probes;
  private final List<Knowledge> members = new ArrayList<>();
  private final Errors errors = new Errors(members);
  private final Flights flights = new Flights();
  private final Sleepers sleepers = new Sleepers();
  private final ArrivalRate arrivals = new ArrivalRate();
  private @Nullable Knowledge[] byIndex = new @Nullable Knowledge[8];
  private double groupSeconds = Shrinkage.UNMEASURED_SECONDS;
  private double servedPerSecond;
  private double trialsSaved = 1;
  private int inFlight;
  private boolean stale;
  private long refreshedNanos;
  private long preferredNanos;
  private int start;
  private String rule = "";

  /** Starts the policy on a group. */
  public LeadlineSelector(LeadlinePolicy policy, Surroundings surroundings) {
    attributesTime = policy.has(Ingredient.ATTRIBUTED_TIME);
    shrinks = policy.has(Ingredient.SHRINKAGE);
    scoresErrors = policy.has(Ingredient.ERROR_SCORE);
    closes = policy.has(Ingredient.CLOSING);
    tries = policy.has(Ingredient.TRIALS);
    noticesRecovery = policy.has(Ingredient.RECOVERY);
    noticesSleepers = policy.has(Ingredient.SLEEPERS);
    prefers = policy.has(Ingredient.PREFERENCE);
    bindsLate = policy.has(Ingredient.LATE_BINDING);
    clock = surroundings.clock();
    random = surroundings.random();
    probes = surroundings.probes();
  }

  @Override
  public void joined(TargetState target) {
    Knowledge newcomer = new Knowledge(target, clock.nanoTime(), groupSeconds);
    newcomer.preference.draw(random);
    members.add(newcomer);
    if (target.index() >= byIndex.length) {
      byIndex = Arrays.copyOf(byIndex, Math.max(target.index() + 1, 2 * byIndex.length));
    }
    byIndex[target.index()] = newcomer;
    // Balancers side by side begin at different targets.
    start = random.nextInt(members.size());
    stale = true;
  }

  @Override
  public void left(TargetState target) {
    Knowledge gone = of(target);
    members.remove(gone);
    byIndex[target.index()] = null;
    inFlight -= target.requestsInFlight();
    flights.closeAll(gone.flights);
  }

  /**
   * The candidate with the smallest score; equals take turns. One that is full is passed over,
   * unless {@linkplain Patience waiting} for it promises more than the best of the others.
   */
  @Override
  public Selection select(List<TargetState> candidates, PendingRequest request, int held) {
    long now = clock.nanoTime();
    refresh(now);
    trialsSaved = Math.min(MOST_TRIALS_SAVED, trialsSaved + 1 / REQUESTS_PER_TRIAL);
    boolean leaveOutSleepers = sleepers.arePresent();
    boolean bindLate = bindsLate && !sleepers.maybe();
    @Nullable TargetState best = null;
    double bestScore = Double.POSITIVE_INFINITY;
    double fullScore = Double.POSITIVE_INFINITY;
    double fullServePerSecond = 0;
    int size = candidates.size();
    int compared = Math.min(size, MOST_COMPARED);
    int position = firstOf(size);
    for (int i = 0; i < compared; i++) {
      TargetState candidate = candidates.get(position);
      position = position + 1 == size ? 0 : position + 1;
      Knowledge known = of(candidate);
      if (tries && trialIsDue(candidate, known, now)) {
        rule = "a trial: it was closed, or unattended for long";
        return candidate;
      }
      if (known.closing.isClosed()) {
        continue;
      }
      int sharing = known.sharing(candidate.requestsInFlight(), leaveOutSleepers);
      double score = score(known, sharing);
      if (bindLate && sharing >= known.window.size()) {
        fullScore = Math.min(fullScore, score);
        fullServePerSecond += 1 / known.costSeconds;
      } else if (score < bestScore) {
        bestScore = score;
        best = candidate;
        start = position;
      }
    }
    if (Patience.pays(bestScore, fullScore, fullServePerSecond, arrivals.perSecond(), held)) {
      rule = "waiting for a full target promises more than the best that has room";
      return Selection.WAIT;
    }
    if (best == null) {
      rule = "all candidates are closed: any of them";
      return candidates.get(random.nextInt(size));
    }
    rule = "smallest score of those with room";
    return best;
  }

  @Override
  public double requestOpened(TargetState target) {
    int before = target.requestsInFlight() - 1;
    inFlight++;
    arrivals.arrived();
    return of(target).sent(flights, clock.nanoTime(), before, sleepers.arePresent());
  }

  @Override
  public void requestClosed(TargetState target, Outcome outcome, long nanos, double mark) {
    int place = (int) mark;
    long now = clock.nanoTime();
    Knowledge known = of(target);
    known.advance(now, target.requestsInFlight() + 1, sleepers.arePresent());
    inFlight--;
    stale = true;
    switch (outcome) {
      case SUCCEEDED -> {
        answered(target, known, place, nanos);
        known.errorRate.add(false, now);
        if (known.closing.isClosed()) {
          known.closing.open();
          known.errorRate.reset();
        }
      }
      case FAILED -> {
        known.closing.failed(now, random);
        if (known.speaksAgainstTarget(now, nanos)) {
          known.errorRate.add(true, now);
          if (closes) {
            errors.considerClosing(known, now, random);
          }
        }
      }
      case IGNORED -> known.closing.ignored();
    }
    flights.close(known.flights, place);
  }

  @Override
  public void probed(TargetState target) {
    long nanos = target.probedResponseNanos();
    Knowledge known = of(target);
    if (noticesRecovery && nanos != TargetState.UNMEASURED && known.rest.ends(nanos)) {
      known.forgetSpeed();
      stale = true;
    }
  }

  /** Asks for probes of slow targets that have nothing to do: are they still slow? */
  @Override
  public void tick() {
    long now = clock.nanoTime();
    refresh(now);
    for (int i = 0; i < members.size(); i++) {
      Knowledge it = members.get(i);
      if (noticesRecovery
          && it.target.requestsInFlight() == 0
          && !it.closing.isClosed()
          && it.rest.probeIsDue(now, it.sentNanos(), it.costSeconds, groupSeconds)
          && probes.probe(it.target)) {
        it.rest.probeSent(now);
      }
    }
  }

  @Override
  public double load(TargetState candidate) {
    Knowledge known = of(candidate);
    return score(known, known.sharing(candidate.requestsInFlight(), sleepers.arePresent()));
  }

  @Override
  public String rule() {
    return rule;
  }

  private Knowledge of(TargetState target) {
    return Objects.requireNonNull(byIndex[target.index()]);
  }

  private int firstOf(int size) {
    if (size > MOST_COMPARED) {
      return random.nextInt(size);
    }
    return start < size ? start : 0;
  }

  /**
   * When the request is expected to be done, in seconds, were it sent now. While nothing is in
   * flight there are no preferences: whoever comes alone is served by all in turn.
   */
  private double score(Knowledge known, int sharing) {
    double itself = prefers && inFlight > 0 ? known.preference.value() : 1;
    return (sharing + itself) * known.costSeconds + known.penaltySeconds;
  }

  private boolean trialIsDue(TargetState candidate, Knowledge known, long now) {
    if (known.closing.isClosed()) {
      if (known.closing.trialIsDue(now)
          && (trialsSaved >= 1 || known.closing.waitsForLong(now))
          && candidate.health().status() != TargetHealth.Status.UNHEALTHY) {
        trialsSaved = Math.max(0, trialsSaved - 1);
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

  private void answered(TargetState target, Knowledge known, int place, long nanos) {
    long now = clock.nanoTime();
    boolean asleep = flights.isAsleep(place);
    boolean leaveOutSleepers = sleepers.arePresent();
    sleepers.answered(nanos, asleep, known.costSeconds);
    if (asleep && leaveOutSleepers) {
      known.woke(now);
      return;
    }
    double busy = attributesTime ? known.busySample(flights, place) : nanos * SECONDS_PER_NANO;
    double awake = attributesTime ? known.awakeSample(flights, place) : busy;
    int sharing = known.sharing(target.requestsInFlight() + 1, leaveOutSleepers);
    known.succeeded(now, sharing, leaveOutSleepers ? awake : busy, groupSeconds, noticesRecovery);
    flights.overtaken(known.flights, now - nanos, sleepers.patienceNanos(known.costSeconds));
    if (!asleep && noticesSleepers && awake > busy) {
      sleepers.compare(busy / known.costSeconds, awake / known.costSeconds);
    }
  }

  private void refresh(long now) {
    long young = Math.max(REFRESH_NANOS, REFRESH_NANOS_PER_TARGET * members.size());
    if (!stale || now - refreshedNanos < young) {
      return;
    }
    stale = false;
    refreshedNanos = now;
    if (now - preferredNanos >= PREFERENCE_NANOS && !members.isEmpty()) {
      preferredNanos = now;
      members.get(random.nextInt(members.size())).preference.draw(random);
    }
    groupSeconds = Shrinkage.estimate(members, now, shrinks);
    servedPerSecond = 0;
    for (int i = 0; i < members.size(); i++) {
      servedPerSecond += 1 / members.get(i).costSeconds;
    }
    arrivals.update(now, servedPerSecond);
    errors.sum(now);
    if (scoresErrors) {
      errors.score();
    }
  }
}
