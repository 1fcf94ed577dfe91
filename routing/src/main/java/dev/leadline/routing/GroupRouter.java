package dev.leadline.routing;

import dev.leadline.routing.health.HealthThresholds;
import dev.leadline.routing.health.TargetHealth;
import dev.leadline.routing.policy.RoutingPolicy;
import dev.leadline.routing.policy.TargetSelector;
import dev.leadline.routing.target.Outcome;
import dev.leadline.routing.target.Selection;
import dev.leadline.routing.target.Target;
import dev.leadline.routing.target.TargetGroup;
import dev.leadline.routing.target.TargetState;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Routes the requests of one target group: keeps the state of its targets, says which of them may
 * be chosen, asks the policy to choose, and holds the requests that the policy lets wait, first
 * come first served.
 *
 * <p>Candidates are the healthy targets; if none is healthy, all (fail open, as an Application Load
 * Balancer does): a wrong health check must not take down what still works.
 *
 * <p>Not thread-safe: it belongs to one event loop.
 */
public final class GroupRouter {

  /** As many requests may wait; one more is refused, because its turn would come too late. */
  public static final int MOST_HELD = 10_000;

  private final TargetGroup group;
  private final TargetSelector selector;
  private final NanoClock clock;
  private final RoutingObserver observer;
  private final List<TargetState> states;
  private final ArrayDeque<PendingRequest> held = new ArrayDeque<>();

  // Rebuilt when a verdict changes, never changed: a policy may compare it by identity.
  private List<TargetState> candidates;
  private boolean failOpen;

  /**
   * @param group the targets
   * @param policy how to choose among them
   * @param thresholds when a target counts as healthy
   * @param clock times requests; also the policy's clock
   * @param random the policy's source of randomness
   * @param observer hears what happens
   */
  public GroupRouter(
      TargetGroup group,
      RoutingPolicy policy,
      HealthThresholds thresholds,
      NanoClock clock,
      RandomGenerator random,
      RoutingObserver observer) {
    this.group = group;
    this.clock = clock;
    this.observer = observer;
    List<TargetState> all = new ArrayList<>();
    for (Target target : group.targets()) {
      all.add(new TargetState(target, all.size(), new TargetHealth(thresholds)));
    }
    states = List.copyOf(all);
    // Before the first verdict there is nothing to prefer: every target may be chosen.
    candidates = states;
    selector = policy.newSelector(states.size(), clock, random);
  }

  /** The group this routes to. */
  public TargetGroup group() {
    return group;
  }

  /** The state of every target, in the order of the group. To be read only. */
  public List<TargetState> states() {
    return states;
  }

  /** The targets that may be chosen now. */
  public List<TargetState> candidates() {
    return candidates;
  }

  /** Whether requests go to all targets because none is healthy. */
  public boolean isFailOpen() {
    return failOpen;
  }

  /** Requests that wait for a target with room. */
  public int requestsHeld() {
    return held.size();
  }

  /**
   * Finds a target for a request, and answers it: at once, or when a held request's turn has come.
   */
  public void route(PendingRequest request) {
    // Whoever comes later must not overtake the ones that wait.
    if (!held.isEmpty() || !answer(request)) {
      if (held.size() >= MOST_HELD) {
        observer.requestRefused();
        request.refuse();
        return;
      }
      held.addLast(request);
      observer.requestHeld();
      // One more that waits may be the reason to use a target that was not worth it before.
      answerHeld();
    }
  }

  /** Takes back a request that may be waiting: it will get no answer any more. */
  public void withdraw(PendingRequest request) {
    held.remove(request);
  }

  /** A health check of this target ended. */
  public void checked(TargetState state, boolean success) {
    TargetHealth.Status before = state.health().status();
    if (!state.health().checked(success)) {
      return;
    }
    observer.healthChanged(state, before, state.health().status());
    rebuildCandidates();
    answerHeld();
  }

  /**
   * A probe of this target ended.
   *
   * @param responseNanos how long the target took to answer; empty if it failed
   */
  public void probed(TargetState state, Optional<Long> responseNanos) {
    state.probed(responseNanos.orElse(TargetState.UNMEASURED));
    selector.probed(state);
    answerHeld();
  }

  void close(TargetState state, Outcome outcome, long openedNanos, double mark) {
    long nanos = clock.nanoTime() - openedNanos;
    state.requestClosed(outcome);
    selector.requestClosed(state, outcome, nanos, mark);
    observer.requestClosed(state, outcome, nanos);
    answerHeld();
  }

  private void rebuildCandidates() {
    List<TargetState> healthy =
        states.stream()
            .filter(state -> state.health().status() == TargetHealth.Status.HEALTHY)
            .toList();
    candidates = healthy.isEmpty() ? states : healthy;
    boolean allUnhealthy =
        states.stream().allMatch(state -> state.health().status() == TargetHealth.Status.UNHEALTHY);
    if (allUnhealthy != failOpen) {
      failOpen = allUnhealthy;
      observer.failOpen(allUnhealthy);
    }
  }

  private void answerHeld() {
    while (!held.isEmpty()) {
      PendingRequest first = held.removeFirst();
      if (!answer(first)) {
        held.addFirst(first);
        return;
      }
    }
  }

  /** Whether the request got its answer; if not, it has to wait. */
  private boolean answer(PendingRequest request) {
    Selection selection =
        candidates.isEmpty() ? Selection.NONE : selector.select(candidates, held.size());
    if (selection instanceof TargetState state) {
      state.requestOpened();
      double mark = selector.requestOpened(state);
      observer.requestOpened(state);
      request.forward(new RequestInFlight(this, state, clock.nanoTime(), mark));
      return true;
    }
    if (selection == Selection.WAIT) {
      return false;
    }
    observer.requestRefused();
    request.refuse();
    return true;
  }
}
