package dev.leadline.routing;

import dev.leadline.routing.health.SlowStart;
import dev.leadline.routing.health.TargetHealth;
import dev.leadline.routing.policy.TargetSelector;
import dev.leadline.routing.resilience.ConcurrencyLimit;
import dev.leadline.routing.resilience.OutlierDetector;
import dev.leadline.routing.target.Outcome;
import dev.leadline.routing.target.TargetState;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which targets may be chosen: the healthy ones that are not ejected. If all healthy ones are
 * ejected, these; if none is healthy, all (fail open, as an Application Load Balancer does): a
 * wrong verdict must not take down what still works. A target of weight 0 is never among them:
 * somebody has said that it gets nothing.
 *
 * <p>For a single request those are left out that are on their way up and have had their part, that
 * have as many requests as their limit allows, or that the request is to avoid. Not thread-safe.
 */
final class Candidates {

  private final Members members;
  private final SlowStart slowStart;
  private final ConcurrencyLimit.Rules limits;
  private final OutlierDetector outliers;
  private final boolean ejects;
  private final RoutingObserver observer;
  private final TargetSelector selector;
  private final List<@Nullable TargetLimits> limitsByIndex = new ArrayList<>();
  private final List<TargetState> forOneRequest = new ArrayList<>();
  private List<TargetState> eligible = List.of();
  private long weights;
  private int ramps;
  private boolean failOpen;

  Candidates(
      Members members, GroupSettings settings, TargetSelector selector, RoutingObserver observer) {
    this.members = members;
    this.selector = selector;
    this.observer = observer;
    slowStart = settings.slowStart();
    limits = settings.limits();
    outliers = new OutlierDetector(settings.ejection());
    ejects = settings.ejection().isOn();
  }

  /** Those that may be chosen for any request. */
  List<TargetState> eligible() {
    return eligible;
  }

  /** Whether all may be chosen because none is healthy. */
  boolean isFailOpen() {
    return failOpen;
  }

  /** Whether the target is left out because its requests went badly. */
  boolean isEjected(TargetState state) {
    return !state.hasLeft() && of(state).outlier.isEjected();
  }

  /** A target joins. */
  void joined(TargetState state) {
    while (limitsByIndex.size() <= state.index()) {
      limitsByIndex.add(null);
    }
    limitsByIndex.set(
        state.index(), new TargetLimits(outliers.join(), new ConcurrencyLimit(limits)));
  }

  /** A target has left. */
  void left(TargetState state) {
    outliers.leave(of(state).outlier);
    endRamp(of(state));
  }

  /** A target became fit while others were: it is led up to its share. */
  void becameFit(TargetState state, long nowNanos) {
    TargetLimits own = of(state);
    if (slowStart.isOn() && own.ramp == null && eligible.size() > 1) {
      own.ramp = new SlowStart.Ramp(slowStart, nowNanos);
      ramps++;
    }
  }

  /** Something changed that decides who may be chosen. */
  void rebuild() {
    List<TargetState> weighted =
        members.active().stream().filter(state -> state.target().weight() > 0).toList();
    List<TargetState> healthy = having(TargetHealth.Status.HEALTHY, weighted);
    // Before the first verdict there is nothing to prefer: every target may be chosen.
    List<TargetState> fit = healthy.isEmpty() ? weighted : healthy;
    List<TargetState> kept = fit.stream().filter(state -> !isEjected(state)).toList();
    eligible = kept.isEmpty() ? fit : kept;
    selector.eligible(eligible);
    weights = eligible.stream().mapToLong(state -> state.target().weight()).sum();
    boolean allUnhealthy =
        !weighted.isEmpty()
            && having(TargetHealth.Status.UNHEALTHY, weighted).size() == weighted.size();
    if (allUnhealthy != failOpen) {
      failOpen = allUnhealthy;
      observer.failOpen(allUnhealthy);
    }
  }

  /** A request arrived: targets on their way up earn their part of it. */
  void arrived(long nowNanos) {
    if (ramps == 0) {
      return;
    }
    for (TargetState state : eligible) {
      TargetLimits own = of(state);
      SlowStart.Ramp ramp = own.ramp;
      if (ramp != null) {
        ramp.arrived(nowNanos, (double) state.target().weight() / weights);
        if (ramp.isOver(nowNanos)) {
          endRamp(own);
        }
      }
    }
  }

  /**
   * Those that may be chosen for this request; valid until the next call. Empty if there are some,
   * but all have as many requests as they may have.
   */
  List<TargetState> forRequest(PendingRequest request) {
    @Nullable TargetState avoid = request.avoid();
    if (avoid == null && ramps == 0 && !limits.isOn()) {
      return eligible;
    }
    collect(avoid, true);
    if (forOneRequest.isEmpty()) {
      collect(avoid, false);
    }
    if (forOneRequest.isEmpty()) {
      collect(null, false);
    }
    return forOneRequest;
  }

  private void collect(@Nullable TargetState avoid, boolean leadUp) {
    forOneRequest.clear();
    for (int i = 0; i < eligible.size(); i++) {
      TargetState state = eligible.get(i);
      TargetLimits own = of(state);
      SlowStart.Ramp ramp = own.ramp;
      boolean hadItsPart = leadUp && ramp != null && !ramp.mayGetOne();
      if (state != avoid && !hadItsPart && !own.limit.isReached(state.requestsInFlight())) {
        forOneRequest.add(state);
      }
    }
  }

  /** A target was chosen. */
  void chosen(TargetState state) {
    if (ramps > 0) {
      SlowStart.Ramp ramp = of(state).ramp;
      if (ramp != null) {
        ramp.gotOne();
      }
    }
  }

  /** A request ended; its target no longer counts it. */
  void closed(TargetState state, Outcome outcome, long nanos, long nowNanos) {
    if (state.hasLeft()) {
      return;
    }
    TargetLimits own = of(state);
    own.limit.closed(outcome, nanos, state.requestsInFlight() + 1);
    if (ejects && outliers.closed(own.outlier, outcome, nanos, nowNanos)) {
      observer.ejected(state, true);
      rebuild();
    }
  }

  /** Time has passed: who was ejected may come back, who did badly may go. */
  void tick(long nowNanos) {
    if (!ejects) {
      return;
    }
    List<TargetState> before = members.active().stream().filter(this::isEjected).toList();
    if (!outliers.tick(nowNanos)) {
      return;
    }
    rebuild();
    for (TargetState state : members.active()) {
      boolean was = before.contains(state);
      if (was != isEjected(state)) {
        observer.ejected(state, !was);
        if (was) {
          becameFit(state, nowNanos);
        }
      }
    }
  }

  private void endRamp(TargetLimits own) {
    if (own.ramp != null) {
      own.ramp = null;
      ramps--;
    }
  }

  private TargetLimits of(TargetState state) {
    return Objects.requireNonNull(limitsByIndex.get(state.index()));
  }

  private static List<TargetState> having(TargetHealth.Status status, List<TargetState> states) {
    return states.stream().filter(state -> state.health().status() == status).toList();
  }
}
