package dev.leadline.routing.policy.leadline;

import dev.leadline.routing.policy.PolicyContext;
import dev.leadline.routing.policy.PolicySettings;
import dev.leadline.routing.policy.PolicyType;
import dev.leadline.routing.policy.RoutingPolicy;
import dev.leadline.routing.policy.TargetSelector;
import java.util.HashSet;
import java.util.Set;

/**
 * {@code leadline}, the flagship and the default: the target where the request is expected to be
 * done first, judged by what requests cost it and by how many it has, with errors counted as time.
 *
 * <p>A target's score is {@code (requestsInFlight + 1) * cost + penalty}, the smallest wins, equals
 * take turns. Nothing is configured: the cost is measured in attributed time, so it is right for
 * targets that serve one request after the other and for those that serve many at once. Weights
 * have no meaning, because what a target can do is measured. An unmeasured target has the mean cost
 * of the group. Of more than 64 candidates, 64 in a row are looked at, from a place drawn by lot:
 * at 200 targets that costs 1% of p99.
 *
 * <p>Each ingredient can be left out, to see what it is good for.
 *
 * @param ingredients what it is made of
 */
public record LeadlinePolicy(Set<Ingredient> ingredients) implements RoutingPolicy {

  /** A part that can be left out. */
  public enum Ingredient {
    /**
     * Take a target's response times apart into what a request costs it and what it waited for
     * others; without it a target that has much to do counts as slow as well, and so twice.
     */
    ATTRIBUTED_TIME("attributedTime"),
    /** Draw measured costs to the group's mean as far as chance explains their differences. */
    SHRINKAGE("shrinkage"),
    /** Let errors worsen the score; without it a target that fails fast looks fast. */
    ERROR_SCORE("errorScore"),
    /** Send nothing to a target that fails while others do not, until a trial request succeeds. */
    CIRCUIT_BREAKER("circuitBreaker"),
    /**
     * Send single requests to targets whose circuit is open or that had none for long; without it
     * what was slow or failed once would get none for ever.
     */
    TRIAL_REQUESTS("trialRequests"),
    /** Notice within some requests, or by probes, that a slow target is fast again. */
    RECOVERY_DETECTOR("recoveryDetector"),
    /**
     * Leave requests that stay for long without occupying their target, such as long polls, out of
     * its load; without it whoever has most of them looks busiest.
     */
    LONG_POLLS("longPolls"),
    /**
     * Like some of equal targets slightly better, so that balancers side by side do not collide.
     */
    PREFERENCE("preference"),
    /**
     * Hold a request in the balancer while every target worth choosing has as many as it can use;
     * without it requests queue where they cannot change their mind.
     */
    LATE_BINDING("lateBinding");

    private final String key;

    Ingredient(String key) {
      this.key = key;
    }

    /** Its key in configuration. */
    public String key() {
      return key;
    }
  }

  public static final PolicyType TYPE =
      new PolicyType(
          "leadline",
          "where the request is expected to be done first; cost measured, errors counted as time",
          false,
          LeadlinePolicy::of);

  public LeadlinePolicy {
    ingredients = Set.copyOf(ingredients);
  }

  /** With every ingredient. */
  public LeadlinePolicy() {
    this(Set.of(Ingredient.values()));
  }

  /** The same without one of its ingredients. */
  public LeadlinePolicy without(Ingredient one) {
    Set<Ingredient> fewer = new HashSet<>(ingredients);
    fewer.remove(one);
    return new LeadlinePolicy(fewer);
  }

  /** Whether it has this ingredient. */
  public boolean has(Ingredient one) {
    return ingredients.contains(one);
  }

  private static LeadlinePolicy of(PolicySettings settings) {
    LeadlinePolicy policy = new LeadlinePolicy();
    for (Ingredient one : Ingredient.values()) {
      if (!settings.flag(one.key(), true)) {
        policy = policy.without(one);
      }
    }
    return policy;
  }

  @Override
  public String name() {
    return TYPE.name();
  }

  @Override
  public boolean avoidsFailingTargets() {
    return has(Ingredient.CIRCUIT_BREAKER);
  }

  @Override
  public TargetSelector newSelector(PolicyContext context) {
    return new LeadlineSelector(this, context);
  }
}
