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
 * Which targets may be chosen: the healthy ones that are not ejected; all healthy ones if all of
 * those are ejected; all targets if none is healthy (fail open, as an Application Load Balancer
 * does), because wrong health checks must not stop a group that works. A target of weight 0 is
 * never chosen.
 *
 * <p>A single request also skips targets whose slow start allows no further request yet, targets at
 * their concurrency limit, and the target that the request must avoid. Not thread-safe.
 */
final class Candidates {

  private final Members members;
  private SlowStart slowStart;
  private ConcurrencyLimit.Rules limits;
  private final OutlierDetector outliers;
  private boolean ejects;
  private final RoutingObserver observer;
  private TargetSelector selector;
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

  /** From now on these settings hold, and this selector chooses; {@link #rebuild} is to follow. */
  void use(GroupSettings settings, TargetSelector changed) {
    selector = changed;
    slowStart = settings.slowStart();
    limits = settings.limits();
    ejects = settings.ejection().isOn();
    outliers.use(settings.ejection());
    for (TargetState state : members.active()) {
      of(state).limit.use(limits);
      if (!slowStart.isOn()) {
        endRamp(of(state));
      }
    }
  }

  /** The targets that any request may get. */
  List<TargetState> eligible() {
    return eligible;
  }

  /** Whether all targets may be chosen because none is healthy. */
  boolean isFailOpen() {
    return failOpen;
  }

  /** Whether outlier detection excludes the target for now. */
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

  /**
   * A target may be chosen again: its slow start begins, if there are others to take the requests.
   */
  void startSlowStart(TargetState state, long nowNanos) {
    TargetLimits own = of(state);
    if (slowStart.isOn() && own.ramp == null && eligible.size() > 1) {
      own.ramp = new SlowStart.Ramp(slowStart, nowNanos);
      ramps++;
    }
  }

  /** Computes the candidates again after a change of targets, health or ejections. */
  void rebuild() {
    List<TargetState> weighted =
        members.active().stream().filter(state -> state.target().weight() > 0).toList();
    List<TargetState> healthy = having(TargetHealth.Status.HEALTHY, weighted);
    // Before the first health check has decided, every target may be chosen.
    List<TargetState> usable = healthy.isEmpty() ? weighted : healthy;
    List<TargetState> kept = usable.stream().filter(state -> !isEjected(state)).toList();
    eligible = kept.isEmpty() ? usable : kept;
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

  /** A request arrived: targets in slow start earn their share of it. */
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
   * The targets that this request may get; valid until the next call. Empty if every candidate is
   * at its concurrency limit.
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

  private void collect(@Nullable TargetState avoid, boolean useSlowStart) {
    forOneRequest.clear();
    for (int i = 0; i < eligible.size(); i++) {
      TargetState state = eligible.get(i);
      TargetLimits own = of(state);
      SlowStart.Ramp ramp = own.ramp;
      boolean mustWait = useSlowStart && ramp != null && !ramp.mayReceive();
      if (state != avoid && !mustWait && !own.limit.isReached(state.requestsInFlight())) {
        forOneRequest.add(state);
      }
    }
  }

  /** A target was chosen. */
  void chosen(TargetState state) {
    if (ramps > 0) {
      SlowStart.Ramp ramp = of(state).ramp;
      if (ramp != null) {
        ramp.received();
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

  /** Ends ejections that are over and ejects targets by their last interval. */
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
          startSlowStart(state, nowNanos);
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
