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
   * @param candidates the targets that may be chosen, never empty, in the order of the group; valid
   *     during this call only
   * @param request who asks
   * @param held other requests that wait for a target with room
   * @return one of the candidates, or {@link Selection#WAIT}, or {@link Selection#NONE}
   */
  Selection select(List<TargetState> candidates, PolicyRequest request, int held);

  /** A target joins the group: at the start every one of them, in order. */
  default void joined(TargetState target) {}

  /** A target was taken out of the group: nothing more will be heard of it. */
  default void left(TargetState target) {}

  /**
   * From now on these are the targets that may be chosen, in the order of the group; the list is
   * never changed. {@link #select} is handed this very list, unless some are left out for that one
   * request only: a policy that prepares something for its choices knows by identity whether it
   * holds.
   */
  default void eligible(List<TargetState> targets) {}

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

  /** A metric of this target was read; {@link TargetState#metric()} has it. */
  default void measured(TargetState target) {}

  /** Time has passed; called some ten times a second. */
  default void tick() {}

  /**
   * How loaded a candidate looks to this policy now, the lower the better: for people who ask why.
   * NaN where the policy does not compare loads. Changes nothing.
   */
  default double load(TargetState candidate) {
    return Double.NaN;
  }

  /** The rule by which the last answer of {@link #select} came about, in a few words. */
  default String rule() {
    return "";
  }
}
