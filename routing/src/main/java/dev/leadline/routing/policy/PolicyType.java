package dev.leadline.routing.policy;

import dev.leadline.routing.option.OptionValues;
import java.util.function.Function;

/**
 * A kind of policy that configuration can ask for by name.
 *
 * @param name name in configuration
 * @param summary one line for people, lower case, without a full stop
 * @param weighted whether a target's weight is its share; if not, weights have no meaning
 * @param factory makes the policy from the values of its options
 */
public record PolicyType(
    String name, String summary, boolean weighted, Function<OptionValues, RoutingPolicy> factory) {

  /** The policy with the default of every option. */
  public RoutingPolicy withDefaults() {
    return factory.apply(OptionValues.DEFAULTS);
  }
}
