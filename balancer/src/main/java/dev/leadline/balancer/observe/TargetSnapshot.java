package dev.leadline.balancer.observe;

import dev.leadline.routing.health.TargetHealth;
import dev.leadline.routing.target.Outcome;
import dev.leadline.routing.target.Target;
import dev.leadline.routing.target.TargetState;

/**
 * What there is to see of a target at one moment, on one event loop or on several together.
 *
 * @param target the target
 * @param health verdict of the health checks
 * @param healthFailure why the last check that failed did so; empty if none did
 * @param ejected whether it is left out for a while because its requests went badly
 * @param draining whether it was taken out of its group
 * @param requestsInFlight requests that have not ended yet
 * @param succeeded requests that ended well
 * @param failed requests that failed
 * @param ignored requests that ended in a way that says nothing about the target
 * @param connections connections, idle, busy and about to be
 * @param probedNanos how long the last probe took, or {@link TargetState#UNMEASURED}
 * @param counts what was counted since the start
 * @param load how loaded it looks to the policy, the lower the better; of several loops, to the
 *     first one that has a number; NaN or infinite if there is none
 */
public record TargetSnapshot(
    Target target,
    TargetHealth.Status health,
    String healthFailure,
    boolean ejected,
    boolean draining,
    int requestsInFlight,
    long succeeded,
    long failed,
    long ignored,
    int connections,
    long probedNanos,
    Counts counts,
    double load) {

  /** What is the same target on every event loop. */
  record Key(Target.Key target, boolean draining) {}

  /** Takes a state, and what its owner adds to it. Call it on the event loop of the state. */
  public static TargetSnapshot of(
      TargetState state, boolean ejected, int connections, Counts counts, double load) {
    return new TargetSnapshot(
        state.target(),
        state.health().status(),
        state.health().lastFailure(),
        ejected,
        state.hasLeft(),
        state.requestsInFlight(),
        state.count(Outcome.SUCCEEDED),
        state.count(Outcome.FAILED),
        state.count(Outcome.IGNORED),
        connections,
        state.probedResponseNanos(),
        counts,
        load);
  }

  Key key() {
    return new Key(target.key(), draining);
  }

  TargetSnapshot plus(TargetSnapshot other) {
    return new TargetSnapshot(
        target,
        health,
        healthFailure,
        ejected || other.ejected,
        draining,
        requestsInFlight + other.requestsInFlight,
        succeeded + other.succeeded,
        failed + other.failed,
        ignored + other.ignored,
        connections + other.connections,
        probedNanos == TargetState.UNMEASURED ? other.probedNanos : probedNanos,
        counts.plus(other.counts),
        Double.isFinite(load) ? load : other.load);
  }
}
