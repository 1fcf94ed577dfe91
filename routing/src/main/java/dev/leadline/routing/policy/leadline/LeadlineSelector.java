package dev.leadline.routing.policy.leadline;

import dev.leadline.routing.clock.NanoClock;
import dev.leadline.routing.policy.PolicyContext;
import dev.leadline.routing.policy.PolicyRequest;
import dev.leadline.routing.policy.ProbeRequests;
import dev.leadline.routing.policy.RoutingPolicy;
import dev.leadline.routing.policy.TargetSelector;
import dev.leadline.routing.policy.leadline.LeadlinePolicy.Ingredient;
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
 * The selector of {@link LeadlinePolicy}: combines the ingredients of this package. Allocates
 * nothing per request once the {@link InFlightTable} is large enough. Not thread-safe.
 */
public final class LeadlineSelector implements TargetSelector {

  /** Of more candidates than this, a request compares only this many, from a random position. */
  private static final int MOST_COMPARED = 64;

  /**
   * Estimates are computed again after this time, or after this time per target if that is longer.
   */
  private static final long REFRESH_NANOS = 500_000;

  private static final long REFRESH_NANOS_PER_TARGET = 10_000;

  private static final double SECONDS_PER_NANO = 1e-9;

  /** How often one random target gets a new preference. */
  private static final long PREFERENCE_NANOS = 5_000_000_000L;

  private boolean attributesTime;
  private boolean shrinks;
  private boolean scoresErrors;
  private boolean breaksCircuits;
  private boolean tries;
  private boolean noticesRecovery;
  private boolean noticesLongPolls;
  private boolean prefers;
  private boolean usesPeers;
  private boolean bindsLate;
  private final NanoClock clock;
  private final RandomGenerator random;
  private final ProbeRequests probes;
  private final List<TargetModel> members = new ArrayList<>();
  private final ErrorScore errorScore = new ErrorScore(members);
  private final InFlightTable inFlightTable = new InFlightTable();
  private final LongPolls longPolls = new LongPolls();
  private final TrialRequests trials = new TrialRequests();
  private final LateBinding lateBinding = new LateBinding();
  private final ArrivalRate arrivals = new ArrivalRate();
  private final Rivals rivals = new Rivals();
  private final List<TargetModel> taken = new ArrayList<>();
  private @Nullable TargetModel[] byIndex = new @Nullable TargetModel[8];
  private double groupSeconds = Shrinkage.UNMEASURED_SECONDS;
  private double servedPerSecond;
  private int inFlight;
  private boolean stale;
  private boolean trial;
  private long refreshedNanos;
  private long preferredNanos;
  private long sampledNanos;
  private int start;
  private String rule = "";

  /** The selector of a group that has no targets yet. */
  public LeadlineSelector(LeadlinePolicy policy, PolicyContext context) {
    clock = context.clock();
    random = context.random();
    probes = context.probes();
    use(policy);
  }

  @Override
  public boolean use(RoutingPolicy changed) {
    if (!(changed instanceof LeadlinePolicy policy)) {
      return false;
    }
    attributesTime = policy.has(Ingredient.ATTRIBUTED_TIME);
    shrinks = policy.has(Ingredient.SHRINKAGE);
    scoresErrors = policy.has(Ingredient.ERROR_SCORE);
    breaksCircuits = policy.has(Ingredient.CIRCUIT_BREAKER);
    tries = policy.has(Ingredient.TRIAL_REQUESTS);
    noticesRecovery = policy.has(Ingredient.RECOVERY_DETECTOR);
    noticesLongPolls = policy.has(Ingredient.LONG_POLLS);
    prefers = policy.has(Ingredient.PREFERENCE);
    usesPeers = policy.has(Ingredient.PEER_COUNTS);
    bindsLate = policy.has(Ingredient.LATE_BINDING);
    return true;
  }

  @Override
  public void joined(TargetState target) {
    TargetModel newcomer = new TargetModel(target, clock.nanoTime(), groupSeconds);
    newcomer.preference.draw(random);
    members.add(newcomer);
    if (target.index() >= byIndex.length) {
      byIndex = Arrays.copyOf(byIndex, Math.max(target.index() + 1, 2 * byIndex.length));
    }
    byIndex[target.index()] = newcomer;
    // Balancers side by side start at different targets.
    start = random.nextInt(members.size());
    stale = true;
  }

  @Override
  public void left(TargetState target) {
    TargetModel gone = of(target);
    members.remove(gone);
    byIndex[target.index()] = null;
    inFlight -= inFlightTable.removeAll(gone.inFlight);
    target.parked(0);
  }

  /**
   * The candidate with the smallest score; equals take turns. Full candidates are skipped, unless
   * {@linkplain LateBinding waiting} for one is better than the best of the others. {@linkplain
   * Rivals Requests of others} that come at the same moment may take the first places.
   */
  @Override
  public Selection select(List<TargetState> candidates, PolicyRequest request, int held) {
    long now = clock.nanoTime();
    refresh(now);
    trials.requestArrived();
    int balancers = candidates.get(0).balancers();
    trial = false;
    Selection choice = choose(candidates, held, balancers, tries, now);
    // Of more candidates than are compared, each balancer looks at others: hardly any collide.
    int first =
        candidates.size() > MOST_COMPARED
            ? 0
            : rivals.first(held, balancers, arrivals.perSecond(), groupSeconds, random);
    while (first-- > 0 && !trial && choice instanceof TargetState target) {
      taken.add(of(target));
      of(target).rivals++;
      choice = choose(candidates, held, balancers, false, now);
    }
    taken.forEach(model -> model.rivals = 0);
    taken.clear();
    return choice;
  }

  private Selection choose(
      List<TargetState> candidates, int held, int balancers, boolean mayTry, long now) {
    boolean leaveOutLongPolls = longPolls.arePresent();
    boolean bindLate = bindsLate && !longPolls.maybe();
    @Nullable TargetState best = null;
    double bestScore = Double.POSITIVE_INFINITY;
    lateBinding.begin();
    int size = candidates.size();
    int compared = Math.min(size, MOST_COMPARED);
    int position = firstOf(size);
    for (int i = 0; i < compared; i++) {
      TargetState candidate = candidates.get(position);
      position = position + 1 == size ? 0 : position + 1;
      TargetModel model = of(candidate);
      if (mayTry && trials.isDue(model, now)) {
        rule = "a trial request: its circuit was open, or it had no requests for long";
        trial = true;
        return candidate;
      }
      if (breaksCircuits && model.circuitBreaker.isOpen()) {
        continue;
      }
      int own = model.sharing(candidate.requestsInFlight(), leaveOutLongPolls);
      int sharing = own + model.others(leaveOutLongPolls);
      double strangers = candidate.strangers().seconds(now);
      double score = score(model, sharing + model.rivals) + strangers;
      if (bindLate && model.isFull(sharing)) {
        lateBinding.full(model, score, own);
        continue;
      }
      lateBinding.room(model, groupSeconds);
      if (score < bestScore) {
        bestScore = score;
        best = candidate;
        start = position;
      }
    }
    // Routers and balancers that share the targets get equal parts of the requests.
    double arrivePerSecond = arrivals.perSecond() * candidates.get(0).routers() * balancers;
    if (lateBinding.waitingPays(bestScore, arrivePerSecond, held, balancers)) {
      rule = "waiting for a full target promises more than the best that has room";
      return Selection.WAIT;
    }
    TargetState full = lateBinding.instead(bestScore, balancers);
    if (full != null) {
      rule = "smallest score; it is full, but others have most of the requests";
      return full;
    }
    if (best == null) {
      rule = "the circuits of all candidates are open: any of them";
      return candidates.get(random.nextInt(size));
    }
    rule =
        taken.isEmpty()
            ? "smallest score of those with room"
            : "smallest score of those with room after requests that others send at this moment";
    return best;
  }

  @Override
  public double requestOpened(TargetState target) {
    int before = target.requestsInFlight() - 1;
    sampleSharedTargets(target, before);
    inFlight++;
    arrivals.arrived();
    rivals.sent(clock.nanoTime(), groupSeconds);
    return of(target).sent(inFlightTable, clock.nanoTime(), before, longPolls.arePresent());
  }

  @Override
  public void requestClosed(TargetState target, Outcome outcome, long nanos, double mark) {
    int place = (int) mark;
    long now = clock.nanoTime();
    sampleSharedTargets(target, target.requestsInFlight() + 1);
    TargetModel model = of(target);
    model.advance(now, target.requestsInFlight() + 1, longPolls.arePresent());
    inFlight--;
    stale = true;
    switch (outcome) {
      case SUCCEEDED -> {
        answered(target, model, place, nanos);
        worked(model, now);
      }
      case FAILED -> {
        model.circuitBreaker.failed(now, random);
        if (model.speaksAgainstTarget(now, nanos)) {
          model.errorRate.add(true, now);
          if (breaksCircuits) {
            errorScore.considerOpening(model, now, random);
          }
        }
      }
      case IGNORED -> model.circuitBreaker.ignored(now, now - nanos, random);
    }
    inFlightTable.remove(model.inFlight, place);
    target.parked(model.inFlight.parked());
    target.showWindow(model.window.size() == CapacityWindow.UNKNOWN ? 0 : model.window.size());
  }

  @Override
  public void works(TargetState target) {
    worked(of(target), clock.nanoTime());
    stale = true;
  }

  private static void worked(TargetModel model, long now) {
    model.errorRate.add(false, now);
    if (model.circuitBreaker.isOpen()) {
      model.circuitBreaker.close(now);
      model.errorRate.reset();
    }
  }

  @Override
  public void othersChange(TargetState target) {
    of(target).advance(clock.nanoTime(), target.requestsInFlight(), longPolls.arePresent());
  }

  @Override
  public long costNanos() {
    return usesPeers ? (long) (groupSeconds / SECONDS_PER_NANO) : 0;
  }

  /** What it cost before and while it was unhealthy says little of what it costs now. */
  @Override
  public void healthyAgain(TargetState target) {
    if (noticesRecovery) {
      of(target).startAnew();
      stale = true;
    }
  }

  @Override
  public void probed(TargetState target) {
    long nanos = target.probedResponseNanos();
    TargetModel model = of(target);
    if (noticesRecovery
        && nanos != TargetState.UNMEASURED
        && model.recoveryProbe.showsRecovery(nanos)) {
      model.forgetSpeed();
      stale = true;
    }
  }

  /** Probes slow targets without requests, to learn whether they are still slow. */
  @Override
  public void tick() {
    long now = clock.nanoTime();
    refresh(now);
    for (int i = 0; i < members.size(); i++) {
      TargetModel it = members.get(i);
      if (noticesRecovery
          && it.target.requestsInFlight() == 0
          && !it.circuitBreaker.isOpen()
          && it.recoveryProbe.probeIsDue(now, it.sentNanos(), it.costSeconds, groupSeconds)
          && probes.probe(it.target)) {
        it.recoveryProbe.probeSent(now);
      }
    }
  }

  @Override
  public double load(TargetState candidate) {
    TargetModel model = of(candidate);
    boolean leaveOutLongPolls = longPolls.arePresent();
    int own = model.sharing(candidate.requestsInFlight(), leaveOutLongPolls);
    return score(model, own + model.others(leaveOutLongPolls))
        + candidate.strangers().seconds(clock.nanoTime());
  }

  @Override
  public String rule() {
    return rule;
  }

  /**
   * A router among others does not see when their requests begin and end, so that it cannot add up
   * how long a target had so many. It looks at all targets at its own events instead, which come at
   * moments that say nothing about any one of them.
   *
   * @param changed target of the request that was just opened or closed
   * @param before requests in flight there before that
   */
  private void sampleSharedTargets(TargetState changed, int before) {
    if (changed.routers() == 1 || members.size() > MOST_COMPARED) {
      return;
    }
    long now = clock.nanoTime();
    double seconds = Math.max(0, now - sampledNanos) * SECONDS_PER_NANO;
    sampledNanos = now;
    boolean leaveOutLongPolls = longPolls.arePresent();
    for (int i = 0; i < members.size(); i++) {
      TargetModel it = members.get(i);
      int own = it.target == changed ? before : it.target.requestsInFlight();
      it.passed(seconds, own, leaveOutLongPolls);
    }
  }

  private TargetModel of(TargetState target) {
    return Objects.requireNonNull(byIndex[target.index()]);
  }

  private int firstOf(int size) {
    if (size > MOST_COMPARED) {
      return random.nextInt(size);
    }
    return start < size ? start : 0;
  }

  /**
   * The expected time, in seconds, until the request would be done at this target. Preferences do
   * not apply while nothing is in flight, so that single requests use all targets in turn.
   */
  private double score(TargetModel model, int sharing) {
    double itself = prefers && inFlight > 0 ? model.preference.value() : 1;
    return (sharing + itself) * model.costSeconds + model.penaltySeconds;
  }

  private void answered(TargetState target, TargetModel model, int place, long nanos) {
    long now = clock.nanoTime();
    boolean parked = inFlightTable.isParked(place);
    boolean leaveOutLongPolls = longPolls.arePresent();
    longPolls.answered(nanos, parked, model.costSeconds);
    if (parked && leaveOutLongPolls) {
      model.parkedRequestAnswered(now);
      return;
    }
    double busy =
        attributesTime ? model.busySample(inFlightTable, place) : nanos * SECONDS_PER_NANO;
    double running = attributesTime ? model.runningSample(inFlightTable, place) : busy;
    int own = model.sharing(target.requestsInFlight() + 1, leaveOutLongPolls);
    int sharing = own + model.others(leaveOutLongPolls);
    model.succeeded(
        now, sharing, leaveOutLongPolls ? running : busy, groupSeconds, noticesRecovery);
    inFlightTable.markParked(
        model.inFlight, now - nanos, longPolls.parkedAfterNanos(model.costSeconds));
    if (!parked && noticesLongPolls && running > busy) {
      longPolls.compare(busy / model.costSeconds, running / model.costSeconds);
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
    errorScore.sum(now);
    if (scoresErrors) {
      errorScore.score();
    }
  }
}
