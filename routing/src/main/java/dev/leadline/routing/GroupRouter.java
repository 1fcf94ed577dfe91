package dev.leadline.routing;

import dev.leadline.routing.clock.EventClock;
import dev.leadline.routing.clock.NanoClock;
import dev.leadline.routing.explain.Decision;
import dev.leadline.routing.explain.DecisionLog;
import dev.leadline.routing.health.TargetHealth;
import dev.leadline.routing.policy.PolicyContext;
import dev.leadline.routing.policy.ProbeRequests;
import dev.leadline.routing.policy.TargetSelector;
import dev.leadline.routing.target.Outcome;
import dev.leadline.routing.target.Selection;
import dev.leadline.routing.target.TargetGroup;
import dev.leadline.routing.target.TargetState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Routes the requests of one target group: keeps the state of its targets, says which of them may
 * be chosen, asks the policy to choose, and holds the requests that the policy lets wait, first
 * come first served.
 *
 * <p>Every method is one event, at one moment of the {@linkplain EventClock clock}. Not
 * thread-safe: it belongs to one event loop.
 */
public final class GroupRouter {

  private final EventClock clock;
  private final RoutingObserver observer;
  private final Members members;
  private final Candidates candidates;
  private final TargetSelector selector;
  private final HoldQueue held;
  private final DecisionLog decisions = new DecisionLog();
  private TargetGroup group;

  /**
   * @param group the targets
   * @param settings how to choose among them
   * @param clock times requests; also the policy's clock
   * @param random the policy's source of randomness
   * @param probes where the policy's own probes are sent
   * @param observer hears what happens
   */
  public GroupRouter(
      TargetGroup group,
      GroupSettings settings,
      NanoClock clock,
      RandomGenerator random,
      ProbeRequests probes,
      RoutingObserver observer) {
    this.group = group;
    this.clock = new EventClock(clock);
    this.observer = observer;
    selector = settings.policy().newSelector(new PolicyContext(this.clock, random, probes));
    members = new Members(settings.thresholds());
    candidates = new Candidates(members, settings, selector, observer);
    held = new HoldQueue(settings.hold());
    change(group);
  }

  /** The group this routes to. */
  public TargetGroup group() {
    return group;
  }

  /**
   * The state of every target, in the order of the group; behind them those that were taken out and
   * still have requests in flight. To be read only.
   */
  public List<TargetState> states() {
    return members.all();
  }

  /** The targets that may be chosen now. */
  public List<TargetState> candidates() {
    return candidates.eligible();
  }

  /** Whether requests go to all targets because none is healthy. */
  public boolean isFailOpen() {
    return candidates.isFailOpen();
  }

  /** Whether the target is left out for a while because its requests went badly. */
  public boolean isEjected(TargetState target) {
    return candidates.isEjected(target);
  }

  /** The last choices, the newest first: at most {@code most}, and at most one a millisecond. */
  public List<Decision> decisions(int most) {
    clock.advance();
    return decisions.last(most, clock.nanoTime());
  }

  /** How loaded a target looks to the policy now, the lower the better; NaN if it does not say. */
  public double load(TargetState target) {
    return selector.load(target);
  }

  /** Requests that wait for a target with room. */
  public int requestsHeld() {
    return held.size();
  }

  /**
   * Events from now on happen at this group's targets; one that stays keeps what is known of it.
   */
  public void update(TargetGroup changed) {
    clock.advance();
    group = changed;
    change(changed).forEach(state -> candidates.becameFit(state, clock.nanoTime()));
    answerHeld();
  }

  /** Brings everybody up to date; answers who joined. */
  private List<TargetState> change(TargetGroup changed) {
    List<TargetState> newcomers = new ArrayList<>();
    members.update(
        changed,
        new Members.Listener() {
          @Override
          public void joined(TargetState state) {
            candidates.joined(state);
            selector.joined(state);
            newcomers.add(state);
          }

          @Override
          public void left(TargetState state) {
            candidates.left(state);
            selector.left(state);
          }
        });
    candidates.rebuild();
    return newcomers;
  }

  /**
   * Finds a target for a request, and answers it: at once, or when a held request's turn has come.
   */
  public void route(PendingRequest request) {
    clock.advance();
    candidates.arrived(clock.nanoTime());
    if (held.isEmpty()) {
      Selection selection = choose(request, 0);
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
    // One more that waits may be the reason to use a target that was not worth it before.
    answerHeld();
  }

  /** Takes back a request that may be waiting: it will get no answer any more. */
  public void withdraw(PendingRequest request) {
    held.remove(request);
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
        candidates.becameFit(state, clock.nanoTime());
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
   * A metric of this target was read. What is no number, negative, infinite or older than what is
   * known already changes nothing.
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
        || (known && trueAt < state.metricNanos())) {
      return;
    }
    state.measured(value, trueAt);
    selector.measured(state);
    answerHeld();
  }

  /** Time has passed. Call it some ten times a second: what becomes due is noticed here. */
  public void tick() {
    clock.advance();
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

  void close(
      RequestInFlight request, TargetState state, Outcome outcome, long openedNanos, double mark) {
    clock.advance();
    long nanos = clock.nanoTime() - openedNanos;
    state.requestClosed(outcome);
    candidates.closed(state, outcome, nanos, clock.nanoTime());
    if (!state.hasLeft()) {
      selector.requestClosed(state, outcome, nanos, mark);
    } else if (state.requestsInFlight() == 0) {
      members.forgetIdle();
    }
    observer.requestClosed(state, outcome, nanos);
    answerHeld();
  }

  private void answerHeld() {
    for (PendingRequest first = held.first(); first != null; first = held.first()) {
      Selection selection = choose(first, held.size() - 1);
      if (selection == Selection.WAIT) {
        return;
      }
      // Before it is answered, because an answer may be the end of a request and lead back here.
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
    Selection selection = selector.select(mayBeChosen, request, othersHeld);
    if (decisions.wantsOne(clock.nanoTime())) {
      decisions.add(clock.nanoTime(), mayBeChosen, selection, othersHeld, selector);
    }
    return selection;
  }

  private void answer(PendingRequest request, Selection selection) {
    if (selection instanceof TargetState state) {
      candidates.chosen(state);
      state.requestOpened();
      double mark = selector.requestOpened(state);
      observer.requestOpened(state);
      request.forward(new RequestInFlight(this, state, clock.nanoTime(), mark));
    } else {
      refuse(request, Refusal.NO_TARGET);
    }
  }

  private void refuse(PendingRequest request, Refusal reason) {
    observer.requestRefused(reason);
    request.refuse(reason);
  }
}
