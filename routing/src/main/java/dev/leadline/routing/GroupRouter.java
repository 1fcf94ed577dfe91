package dev.leadline.routing;

import dev.leadline.routing.clock.EventClock;
import dev.leadline.routing.clock.NanoClock;
import dev.leadline.routing.explain.Decision;
import dev.leadline.routing.explain.DecisionLog;
import dev.leadline.routing.health.TargetHealth;
import dev.leadline.routing.policy.PolicyContext;
import dev.leadline.routing.policy.ProbeRequests;
import dev.leadline.routing.policy.RoutingPolicy;
import dev.leadline.routing.policy.TargetSelector;
import dev.leadline.routing.target.Outcome;
import dev.leadline.routing.target.Selection;
import dev.leadline.routing.target.SharedCounts;
import dev.leadline.routing.target.StrangerLoad;
import dev.leadline.routing.target.TargetGroup;
import dev.leadline.routing.target.TargetState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Routes the requests of one target group. It keeps the state of the targets, offers the policy
 * those that may be chosen, and holds the requests that have to wait, first come first served.
 *
 * <p>Each call of a method is one event, with one time. Not thread-safe: one event loop owns a
 * router and everything in it.
 */
public final class GroupRouter {

  /**
   * The age of a value is the difference of two clocks, so that two readings of one data point seem
   * to be of slightly different times. No metric has data points closer than a second.
   */
  private static final long SAME_MOMENT_NANOS = Duration.ofMillis(500).toNanos();

  private final EventClock clock;
  private final RoutingObserver observer;
  private final Members members;
  private final Candidates candidates;
  private final PolicyContext context;
  private final HoldQueue held;
  private final PeerCounts peers;
  private final DecisionLog decisions = new DecisionLog();
  private RoutingPolicy policy;
  private TargetSelector selector;
  private TargetGroup group;

  /**
   * A router that has its targets to itself.
   *
   * @param group the targets
   * @param settings how to choose among them
   * @param clock measures requests; the policy uses it too
   * @param random the policy's source of randomness
   * @param probes where the policy's own probes are sent
   * @param observer is called for every event
   */
  public GroupRouter(
      TargetGroup group,
      GroupSettings settings,
      NanoClock clock,
      RandomGenerator random,
      ProbeRequests probes,
      RoutingObserver observer) {
    this(group, settings, clock, random, probes, observer, null);
  }

  /**
   * A router beside others that have the same targets.
   *
   * @param counts what they have in flight; null if there are no others
   */
  public GroupRouter(
      TargetGroup group,
      GroupSettings settings,
      NanoClock clock,
      RandomGenerator random,
      ProbeRequests probes,
      RoutingObserver observer,
      SharedCounts.@Nullable View counts) {
    this.group = group;
    this.clock = new EventClock(clock);
    this.observer = observer;
    context = new PolicyContext(this.clock, random, probes);
    policy = settings.policy();
    selector = policy.newSelector(context);
    members = new Members(settings.thresholds(), counts);
    candidates = new Candidates(members, settings, selector, observer);
    held = new HoldQueue(settings.hold(), counts);
    peers = new PeerCounts(this.clock, () -> selector, this::answerHeld);
    change(group);
  }

  /** The group this routes to. */
  public TargetGroup group() {
    return group;
  }

  /**
   * The state of every target in the order of the group, followed by removed targets that still
   * have requests in flight. Callers must not change it.
   */
  public List<TargetState> states() {
    return members.all();
  }

  /** The targets that any request may get now. */
  public List<TargetState> candidates() {
    return candidates.eligible();
  }

  /**
   * Whether a request that failed at this target, which may be no candidate any more, can get
   * another one.
   */
  public boolean hasCandidateBeside(TargetState target) {
    List<TargetState> eligible = candidates.eligible();
    return eligible.size() > 1 || (eligible.size() == 1 && eligible.get(0) != target);
  }

  /** Whether requests go to all targets because none is healthy. */
  public boolean isFailOpen() {
    return candidates.isFailOpen();
  }

  /** Whether outlier detection excludes the target for now. */
  public boolean isEjected(TargetState target) {
    return candidates.isEjected(target);
  }

  /** The last choices, newest first, at most {@code most}. One choice a millisecond is kept. */
  public List<Decision> decisions(int most) {
    clock.advance();
    return decisions.last(most, clock.nanoTime());
  }

  /**
   * The target's load as the policy sees it now, lower is better; NaN if the policy has no such
   * number.
   */
  public double load(TargetState target) {
    return selector.load(target);
  }

  /** Requests that wait for a target with room. */
  public int requestsHeld() {
    return held.size();
  }

  /**
   * Replaces the targets. A target that stays keeps its state; a removed one finishes its requests.
   */
  public void update(TargetGroup changed) {
    clock.advance();
    group = changed;
    change(changed).forEach(state -> candidates.startSlowStart(state, clock.nanoTime()));
    answerHeld();
  }

  /** Forgets what targets have reported: they report something else from now on, or nothing. */
  public void forgetReports() {
    members.active().forEach(TargetState::forgetStrangers);
  }

  /**
   * Replaces the settings. The state of the targets stays, and so do requests in flight and held
   * ones. What the policy has learned stays if it is the same policy with other settings; another
   * one begins with the probes and metrics that are known.
   */
  public void use(GroupSettings changed) {
    clock.advance();
    members.use(changed.thresholds());
    held.use(changed.hold());
    TargetSelector former = selector;
    peers.use(members.active());
    if (!changed.policy().equals(policy) && !selector.use(changed.policy())) {
      members.active().forEach(former::left);
      forgetReports();
      selector = changed.policy().newSelector(context);
      members.active().forEach(selector::joined);
    }
    policy = changed.policy();
    candidates.use(changed, selector);
    candidates.rebuild();
    if (selector != former) {
      members.active().forEach(this::showKnown);
    }
    answerHeld();
  }

  private void showKnown(TargetState state) {
    if (state.probedResponseNanos() != TargetState.UNMEASURED) {
      selector.probed(state);
    }
    if (!Double.isNaN(state.metric())) {
      selector.measured(state);
    }
  }

  /** Returns the targets that joined. */
  private List<TargetState> change(TargetGroup changed) {
    List<TargetState> joined = new ArrayList<>();
    peers.use(List.of());
    members.update(
        changed,
        new Members.Listener() {
          @Override
          public void joined(TargetState state) {
            candidates.joined(state);
            selector.joined(state);
            joined.add(state);
          }

          @Override
          public void left(TargetState state) {
            candidates.left(state);
            selector.left(state);
          }
        });
    candidates.rebuild();
    peers.use(members.active());
    return joined;
  }

  /** Answers a request with a target or a refusal, at once or after it was held. */
  public void route(PendingRequest request) {
    begin();
    candidates.arrived(clock.nanoTime());
    if (held.isEmpty()) {
      Selection selection = choose(request, held.sizeElsewhere());
      if (selection != Selection.WAIT) {
        answer(request, selection);
        return;
      }
    }
    if (held.isFull()) {
      refuse(request, Refusal.TOO_MANY_HELD);
      return;
    }
    held.add(request, clock.nanoTime());
    observer.requestHeld();
    // A longer queue can make a target worth using that was too slow before.
    answerHeld();
  }

  /** Removes a request from the queue, if it is there: it gets no answer any more. */
  public void withdraw(PendingRequest request) {
    held.remove(request);
  }

  /**
   * A health check of this target failed.
   *
   * @param reason why, in words
   */
  public void checkFailed(TargetState state, String reason) {
    state.health().failedBecause(reason);
    checked(state, false);
  }

  /** A health check of this target ended. */
  public void checked(TargetState state, boolean success) {
    clock.advance();
    TargetHealth.Status before = state.health().status();
    if (!state.health().checked(success)) {
      return;
    }
    observer.healthChanged(state, before, state.health().status());
    if (!state.hasLeft()) {
      candidates.rebuild();
      if (state.health().status() == TargetHealth.Status.HEALTHY) {
        if (before == TargetHealth.Status.UNHEALTHY) {
          selector.healthyAgain(state);
        }
        candidates.startSlowStart(state, clock.nanoTime());
      }
    }
    answerHeld();
  }

  /**
   * A probe of this target ended.
   *
   * @param responseNanos how long the target took to answer; empty if it failed
   */
  public void probed(TargetState state, Optional<Long> responseNanos) {
    clock.advance();
    state.probed(responseNanos.orElse(TargetState.UNMEASURED));
    if (!state.hasLeft()) {
      selector.probed(state);
    }
    answerHeld();
  }

  /**
   * A metric of this target was read. A value that is negative, infinite, not a number, or older
   * than the last one is ignored. A newer reading of the same moment replaces the last one.
   *
   * @param value in the metric's own unit
   * @param age how long ago it was true
   */
  public void measured(TargetState state, double value, Duration age) {
    clock.advance();
    long trueAt = clock.nanoTime() - age.toNanos();
    boolean known = !Double.isNaN(state.metric());
    if (!(value >= 0 && value < Double.POSITIVE_INFINITY)
        || state.hasLeft()
        || (known && trueAt < state.metricNanos() - SAME_MOMENT_NANOS)) {
      return;
    }
    state.measured(value, trueAt);
    selector.measured(state);
    answerHeld();
  }

  /**
   * A target said how many requests it has in flight, of whomever, with the answer to one of this
   * router that is still open. It has no effect with a policy that does not add what others have in
   * flight.
   *
   * @param inFlight the answered one included; what is negative, infinite or no number is ignored
   */
  public void reported(TargetState state, double inFlight) {
    begin();
    long cost = selector.costNanos();
    if (inFlight >= 0 && inFlight < Double.POSITIVE_INFINITY && cost > 0 && !state.hasLeft()) {
      int known = state.requestsInFlightOfAll() + state.requestsInFlightAtPeers();
      state.strangers().heard(inFlight - known, clock.nanoTime(), cost);
    }
  }

  /** Must be called about ten times a second, for everything that depends on time alone. */
  public void tick() {
    begin();
    long now = clock.nanoTime();
    candidates.tick(now);
    selector.tick();
    for (PendingRequest late = held.removeExpired(now);
        late != null;
        late = held.removeExpired(now)) {
      refuse(late, Refusal.HELD_TOO_LONG);
    }
    answerHeld();
  }

  /** What this balancer and the others of the group tell each other. */
  public PeerCounts peers() {
    return peers;
  }

  /** One event begins: it has one time, and counts of others that are too old are left out. */
  private void begin() {
    clock.advance();
    peers.expire();
  }

  void close(
      TargetSelector chosenBy,
      TargetState state,
      Outcome outcome,
      long openedNanos,
      double mark,
      StrangerLoad.@Nullable Guess guess) {
    begin();
    long nanos = clock.nanoTime() - openedNanos;
    state.requestClosed(outcome);
    if (!state.hasLeft()) {
      peers.closed();
    }
    candidates.closed(state, outcome, nanos, clock.nanoTime());
    if (state.hasLeft()) {
      if (state.requestsInFlight() == 0) {
        members.releaseDrained();
      }
    } else if (chosenBy == selector) {
      selector.requestClosed(state, outcome, nanos, mark);
      if (guess != null && outcome == Outcome.SUCCEEDED) {
        state.strangers().learn(guess, nanos, selector.costNanos());
      }
    }
    observer.requestClosed(state, outcome, nanos);
    answerHeld();
  }

  void worksOn(TargetSelector chosenBy, TargetState state) {
    if (chosenBy == selector && !state.hasLeft()) {
      begin();
      selector.works(state);
    }
  }

  private void answerHeld() {
    for (PendingRequest first = held.first(); first != null; first = held.first()) {
      Selection selection = choose(first, held.size() - 1 + held.sizeElsewhere());
      if (selection == Selection.WAIT) {
        return;
      }
      // First, because the answer may end a request and call this method again.
      held.removeFirst();
      answer(first, selection);
    }
  }

  private Selection choose(PendingRequest request, int othersHeld) {
    if (candidates.eligible().isEmpty()) {
      return Selection.NONE;
    }
    List<TargetState> mayBeChosen = candidates.forRequest(request);
    if (mayBeChosen.isEmpty()) {
      return Selection.WAIT;
    }
    @Nullable TargetState preferred = request.preferred();
    if (preferred != null && mayBeChosen.contains(preferred)) {
      return preferred;
    }
    Selection selection = selector.select(mayBeChosen, request, othersHeld);
    if (decisions.wantsOne(clock.nanoTime())) {
      decisions.add(clock.nanoTime(), mayBeChosen, selection, othersHeld, selector);
    }
    return selection;
  }

  private void answer(PendingRequest request, Selection selection) {
    if (selection instanceof TargetState state) {
      candidates.chosen(state);
      StrangerLoad.@Nullable Guess guess = guess(state);
      state.requestOpened();
      peers.opened();
      double mark = selector.requestOpened(state);
      observer.requestOpened(state);
      request.forward(new RequestInFlight(this, state, clock.nanoTime(), selector, mark, guess));
    } else {
      refuse(request, Refusal.NO_TARGET);
    }
  }

  /** What is expected of a request to this target; null if it does not say its load. */
  private StrangerLoad.@Nullable Guess guess(TargetState state) {
    return state.strangers().isKnown()
        ? state.strangers().guess(selector.load(state), clock.nanoTime())
        : null;
  }

  private void refuse(PendingRequest request, Refusal reason) {
    observer.requestRefused(reason);
    request.refuse(reason);
  }
}
