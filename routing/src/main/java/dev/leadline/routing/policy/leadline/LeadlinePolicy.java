package dev.leadline.routing.policy.leadline;

import dev.leadline.routing.policy.PolicyContext;
import dev.leadline.routing.policy.PolicySettings;
import dev.leadline.routing.policy.PolicyType;
import dev.leadline.routing.policy.RoutingPolicy;
import dev.leadline.routing.policy.TargetSelector;
import java.util.HashSet;
import java.util.Set;

/**
 * {@code leadline}, the flagship and the default: chooses the target where the request is expected
 * to be done first, from the measured cost of a request there and the requests in flight, with
 * errors counted as time.
 *
 * <p>A target's score is {@code (requestsInFlight + 1) * cost + penalty}; the smallest wins, and
 * equals take turns. The cost is measured in attributed time, which is right for targets that serve
 * one request at a time and for those that serve many. Weights have no meaning, because a target's
 * speed is measured. An unmeasured target has the mean cost of the group. Of more than 64
 * candidates a request compares 64 in a row from a random position; with 200 targets that adds 1%
 * to the p99.
 *
 * <p>Each ingredient can be switched off, to see what it does.
 *
 * @param ingredients those that are on
 */
public record LeadlinePolicy(Set<Ingredient> ingredients) implements RoutingPolicy {

  /** A part of the policy that can be switched off. */
  public enum Ingredient {
    /**
     * Separate what a request costs a target from the time it waited for others. Without it a busy
     * target also counts as slow.
     */
    ATTRIBUTED_TIME("attributedTime"),
    /** Move measured costs towards the group's mean as far as chance explains their differences. */
    SHRINKAGE("shrinkage"),
    /** Let errors worsen the score. Without it a target that fails fast looks fast. */
    ERROR_SCORE("errorScore"),
    /** Stop requests to a target that fails while others do not, until a trial request succeeds. */
    CIRCUIT_BREAKER("circuitBreaker"),
    /**
     * Send single requests to targets whose circuit is open or that had none for long. Without it a
     * target that was slow or failed once never gets requests again.
     */
    TRIAL_REQUESTS("trialRequests"),
    /** Detect by a few requests, or by probes, that a slow target is fast again. */
    RECOVERY_DETECTOR("recoveryDetector"),
    /**
     * Leave long polls out of a target's load: they stay for long without occupying it. Without it
     * the target with most of them looks busiest.
     */
    LONG_POLLS("longPolls"),
    /**
     * Prefer some of equal targets slightly, so that balancers side by side do not all choose the
     * same one.
     */
    PREFERENCE("preference"),
    /**
     * Hold a request in the balancer while every good target has as many as it can use. Without it
     * requests wait at a target and cannot be sent elsewhere any more.
     */
    LATE_BINDING("lateBinding");

    private final String key;

    Ingredient(String key) {
      this.key = key;
    }

    /** Its key in the configuration. */
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

  /** The same with one ingredient off. */
  public LeadlinePolicy without(Ingredient one) {
    Set<Ingredient> fewer = new HashSet<>(ingredients);
    fewer.remove(one);
    return new LeadlinePolicy(fewer);
  }

  /** Whether this ingredient is on. */
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
