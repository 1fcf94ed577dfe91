package dev.leadline.routing.policy;

import dev.leadline.routing.target.Outcome;
import dev.leadline.routing.target.Selection;
import dev.leadline.routing.target.TargetState;
import java.util.List;

/**
 * A policy at work on one target group: asked for every request, told of everything that happens.
 * Made by {@link RoutingPolicy#newSelector}. Holds what the policy has learned, in arrays indexed
 * by {@link TargetState#index()}; it lives as long as its group. Not thread-safe.
 */
public interface TargetSelector {

  /**
   * Which target gets the next request.
   *
   * @param candidates the targets that may be chosen: the healthy ones, or all if none is healthy;
   *     never empty, in the order of the group
   * @param held requests that wait for a target with room, this one not counted
   * @return one of the candidates, or {@link Selection#WAIT}, or {@link Selection#NONE}
   */
  Selection select(List<TargetState> candidates, int held);

  /**
   * A request was sent to this target, which already counts it as in flight.
   *
   * @return a mark that comes back with the end of this request, for whatever the policy wants to
   *     know of its beginning
   */
  default double requestOpened(TargetState target) {
    return 0;
  }

  /**
   * A request to this target ended; it is no longer in flight.
   *
   * @param nanos time from sending it to its end
   * @param mark what {@link #requestOpened} returned for it
   */
  default void requestClosed(TargetState target, Outcome outcome, long nanos, double mark) {}

  /** A probe of this target ended; {@link TargetState#probedResponseNanos()} has its result. */
  default void probed(TargetState target) {}
}
