package dev.leadline.routing.policy;

import dev.leadline.routing.target.Outcome;
import dev.leadline.routing.target.Selection;
import dev.leadline.routing.target.TargetState;
import java.util.List;

/**
 * Chooses the targets of one group for a policy. {@link RoutingPolicy#newSelector} makes it, and it
 * lives as long as its group has the policy. It holds what the policy has learned, in arrays
 * indexed by {@link TargetState#index()}. Not thread-safe.
 */
public interface TargetSelector {

  /**
   * Takes over other settings and keeps what it has learned.
   *
   * @param changed a policy of another kind, or of the same kind with other settings
   * @return false if it cannot: then a new selector takes its place
   */
  default boolean use(RoutingPolicy changed) {
    return false;
  }

  /**
   * Chooses a target for a request.
   *
   * @param candidates the targets that may be chosen, never empty, in the order of the group; valid
   *     during this call only
   * @param request the request
   * @param held how many other requests wait for a target
   * @return one of the candidates, or {@link Selection#WAIT}, or {@link Selection#NONE}
   */
  Selection select(List<TargetState> candidates, PolicyRequest request, int held);

  /** A target joins the group. At the start this is called for every target, in order. */
  default void joined(TargetState target) {}

  /**
   * A target leaves the group. No further call is about it, although its requests may still run.
   */
  default void left(TargetState target) {}

  /**
   * The targets that may be chosen changed. The list is in the order of the group and never
   * modified. {@link #select} gets this same list object unless it skips targets for one request,
   * so a policy can prepare something for the list and check by identity whether it applies.
   */
  default void eligible(List<TargetState> targets) {}

  /**
   * A request was sent to this target, whose requests in flight already include it.
   *
   * @return any number the policy needs when this request ends; {@link #requestClosed} gets it back
   */
  default double requestOpened(TargetState target) {
    return 0;
  }

  /**
   * A request to this target ended; the requests in flight no longer include it.
   *
   * @param nanos time from sending it to its end
   * @param mark what {@link #requestOpened} returned for it
   */
  default void requestClosed(TargetState target, Outcome outcome, long nanos, double mark) {}

  /** A request to this target goes on, and has shown that the target works. */
  default void works(TargetState target) {}

  /**
   * Before the number of requests changes that other balancers have at this target: {@link
   * TargetState#requestsInFlightAtPeers()} and {@link TargetState#requestsAwakeAtPeers()}.
   */
  default void othersChange(TargetState target) {}

  /**
   * The mean time that a request occupies a target, in nanoseconds, if the policy adds what other
   * balancers have in flight to its own counts; 0 if it does not, as with most policies. How often
   * balancers tell each other, and how long they use it, follows from this time.
   */
  default long costNanos() {
    return 0;
  }

  /** A target that was unhealthy is healthy again. */
  default void healthyAgain(TargetState target) {}

  /** A probe of this target ended; {@link TargetState#probedResponseNanos()} has its result. */
  default void probed(TargetState target) {}

  /** A metric of this target was read; {@link TargetState#metric()} has it. */
  default void measured(TargetState target) {}

  /** Called about ten times a second. */
  default void tick() {}

  /**
   * The candidate's load as this policy sees it now, lower is better; NaN if the policy does not
   * compare loads. Only explains decisions and must not change anything.
   */
  default double load(TargetState candidate) {
    return Double.NaN;
  }

  /** In a few words, the rule behind the last answer of {@link #select}. */
  default String rule() {
    return "";
  }
}
