package dev.leadline.routing;

import dev.leadline.routing.health.TargetHealth;
import dev.leadline.routing.target.Outcome;
import dev.leadline.routing.target.TargetState;

/**
 * Listens to the events of a group. The event loop that owns the router calls it, so it must return
 * quickly.
 */
public interface RoutingObserver {

  /** Ignores every event. */
  RoutingObserver NONE = new RoutingObserver() {};

  /** A target was chosen for a request. */
  default void requestOpened(TargetState target) {}

  /**
   * A request ended.
   *
   * @param nanos time from the choice of the target to the end
   */
  default void requestClosed(TargetState target, Outcome outcome, long nanos) {}

  /** A request got no target. */
  default void requestRefused(Refusal reason) {}

  /** A request has to wait for a target. */
  default void requestHeld() {}

  /** The health of a target changed. */
  default void healthChanged(
      TargetState target, TargetHealth.Status before, TargetHealth.Status now) {}

  /**
   * The group starts or stops sending requests to unhealthy targets because none is healthy.
   *
   * @param open true if it starts
   */
  default void failOpen(boolean open) {}

  /**
   * A target was ejected by outlier detection, or its ejection ended.
   *
   * @param ejected true if it was ejected
   */
  default void ejected(TargetState target, boolean ejected) {}
}
