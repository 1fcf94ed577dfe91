package dev.leadline.routing;

import dev.leadline.routing.health.TargetHealth;
import dev.leadline.routing.target.TargetState;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which targets may be chosen: the healthy ones; if none is healthy, all (fail open, as an
 * Application Load Balancer does), because a wrong health check must not take down what still
 * works. A target of weight 0 is never among them: somebody has said that it gets nothing. Not
 * thread-safe.
 */
final class Candidates {

  private final Members members;
  private final RoutingObserver observer;
  private final List<TargetState> forOneRequest = new ArrayList<>();
  private List<TargetState> eligible = List.of();
  private boolean failOpen;

  Candidates(Members members, RoutingObserver observer) {
    this.members = members;
    this.observer = observer;
  }

  /** Those that may be chosen for any request. */
  List<TargetState> eligible() {
    return eligible;
  }

  /** Whether all may be chosen because none is healthy. */
  boolean isFailOpen() {
    return failOpen;
  }

  /** Something changed that decides who may be chosen. */
  void rebuild() {
    List<TargetState> weighted =
        members.active().stream().filter(state -> state.target().weight() > 0).toList();
    List<TargetState> healthy = having(TargetHealth.Status.HEALTHY, weighted);
    // Before the first verdict there is nothing to prefer: every target may be chosen.
    eligible = healthy.isEmpty() ? weighted : healthy;
    boolean allUnhealthy =
        !weighted.isEmpty()
            && having(TargetHealth.Status.UNHEALTHY, weighted).size() == weighted.size();
    if (allUnhealthy != failOpen) {
      failOpen = allUnhealthy;
      observer.failOpen(allUnhealthy);
    }
  }

  /** Those that may be chosen for this request; valid until the next call. */
  List<TargetState> forRequest(PendingRequest request) {
    @Nullable TargetState avoid = request.avoid();
    if (avoid == null || eligible.size() < 2) {
      return eligible;
    }
    forOneRequest.clear();
    for (int i = 0; i < eligible.size(); i++) {
      TargetState state = eligible.get(i);
      if (state != avoid) {
        forOneRequest.add(state);
      }
    }
    return forOneRequest;
  }

  private static List<TargetState> having(TargetHealth.Status status, List<TargetState> states) {
    return states.stream().filter(state -> state.health().status() == status).toList();
  }
}
