package dev.leadline.routing.policy.leadline;

import dev.leadline.routing.option.OptionValues;
import dev.leadline.routing.policy.PolicyContext;
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
    ATTRIBUTED_TIME(
        "attributedTime",
        "Separates what a request costs a target from the time it waited for other requests;"
            + " without it a busy target counts twice as slow."),
    SHRINKAGE(
        "shrinkage",
        "Moves measured costs towards the group's mean as far as chance explains the difference."),
    ERROR_SCORE(
        "errorScore", "Counts errors as time; without it a target that fails fast looks fast."),
    CIRCUIT_BREAKER(
        "circuitBreaker",
        "Sends nothing to a target that fails while others do not, until a trial request"
            + " succeeds."),
    TRIAL_REQUESTS(
        "trialRequests",
        "Sends single requests to targets whose circuit is open or that have had none for long;"
            + " without it a target that was slow or failed once never gets requests again."),
    RECOVERY_DETECTOR(
        "recoveryDetector",
        "Detects by a few requests, or by probes, that a slow target is fast again."),
    LONG_POLLS(
        "longPolls",
        "Leaves long polls out of a target's load, because they stay long without using it;"
            + " without it the target with most of them looks busiest."),
    PREFERENCE(
        "preference",
        "Prefers some of equal targets slightly, so that several balancers do not choose the same"
            + " one."),
    PEER_COUNTS(
        "peerCounts",
        "Adds what other balancers of the group have in flight, as far as they tell and it is not"
            + " old; without it several balancers send to the same target at a time."),
    LATE_BINDING(
        "lateBinding",
        "Holds a request in the balancer while every good target has as many as it can use; without"
            + " it requests wait at a target and cannot be sent elsewhere any more.");

    private final String key;
    private final String meaning;

    Ingredient(String key, String meaning) {
      this.key = key;
      this.meaning = meaning;
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

  private static LeadlinePolicy of(OptionValues values) {
    LeadlinePolicy policy = new LeadlinePolicy();
    for (Ingredient one : Ingredient.values()) {
      if (!values.flag(one.key, true, one.meaning)) {
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
