package dev.leadline.routing.policy;

import dev.leadline.routing.Surroundings;
import dev.leadline.routing.policy.leadline.LeadlineSelector;

/**
 * {@code leadline}, the flagship and the default: the target where the request is expected to be
 * done first, judged by what requests cost it and by how many it has, with errors counted as time.
 *
 * <p>A target's score is {@code (requestsInFlight + 1) * cost + penalty}, the smallest wins, equals
 * take turns. Nothing is configured: the cost is measured in attributed time, so it is right for
 * targets that serve one request after the other and for those that serve many at once. Weights
 * have no meaning, because what a target can do is measured. An unmeasured target has the mean cost
 * of the group.
 *
 * <p>Each ingredient can be left out, to see what it is good for:
 *
 * @param shrinkage draw measured costs towards the group's mean as far as chance explains their
 *     differences; without it noise looks like a difference
 * @param errorScore let errors worsen the score; without it a target that fails fast looks fast
 * @param closing close a target that fails until a trial succeeds
 * @param trials send single requests to closed and to long unattended targets; without it what was
 *     slow or closed once would be for ever
 * @param recovery notice within some requests that a slow target is as fast as the others again
 * @param lateBinding hold a request in the balancer while every target worth choosing has as many
 *     as it can use; without it requests queue where they cannot change their mind
 */
public record LeadlinePolicy(
    boolean shrinkage,
    boolean errorScore,
    boolean closing,
    boolean trials,
    boolean recovery,
    boolean lateBinding)
    implements RoutingPolicy {

  static final PolicyType TYPE =
      new PolicyType(
          "leadline",
          "where the request is expected to be done first; cost measured, errors counted as time",
          false,
          settings ->
              new LeadlinePolicy(
                  settings.flag("shrinkage", true),
                  settings.flag("errorScore", true),
                  settings.flag("closing", true),
                  settings.flag("trials", true),
                  settings.flag("recovery", true),
                  settings.flag("lateBinding", true)));

  /** With every ingredient. */
  public LeadlinePolicy() {
    this(true, true, true, true, true, true);
  }

  @Override
  public String name() {
    return TYPE.name();
  }

  @Override
  public TargetSelector newSelector(Surroundings surroundings) {
    return new LeadlineSelector(this, surroundings);
  }
}
