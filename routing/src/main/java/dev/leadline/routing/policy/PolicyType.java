package dev.leadline.routing.policy;

import java.util.function.Function;

/**
 * A kind of policy that configuration can ask for by name.
 *
 * @param name name in configuration
 * @param summary one line for people, lower case, without a full stop
 * @param weighted whether a target's weight is its share; if not, weights have no meaning
 * @param factory makes the policy from its settings
 */
public record PolicyType(
    String name,
    String summary,
    boolean weighted,
    Function<PolicySettings, RoutingPolicy> factory) {}
