package dev.leadline.routing;

import dev.leadline.routing.health.TargetHealth;
import dev.leadline.routing.target.Outcome;
import dev.leadline.routing.target.TargetState;

/**
 * Hears what happens in a group. Called on the event loop that owns the router, so it has to be
 * quick; the router and its policy never know who listens.
 */
public interface RoutingObserver {

  /** Hears nothing. */
  RoutingObserver NONE = new RoutingObserver() {};

  /** A target was chosen for a request. */
  default void requestOpened(TargetState target) {}

  /**
   * A request ended.
   *
   * @param nanos time from the choice of the target to the end
   */
  default void requestClosed(TargetState target, Outcome outcome, long nanos) {}

  /** A request found no target. */
  default void requestRefused(Refusal reason) {}

  /** A request waits for a target with room. */
  default void requestHeld() {}

  /** The verdict on a target changed. */
  default void healthChanged(
      TargetState target, TargetHealth.Status before, TargetHealth.Status now) {}

  /**
   * The group began or ceased to route to all its targets because none is healthy.
   *
   * @param open whether it does so now
   */
  default void failOpen(boolean open) {}

  /**
   * A target began or ceased to be left out because its requests went badly.
   *
   * @param ejected whether it is now
   */
  default void ejected(TargetState target, boolean ejected) {}
}
