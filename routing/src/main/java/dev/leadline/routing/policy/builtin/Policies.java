package dev.leadline.routing.policy.builtin;

import dev.leadline.routing.policy.PolicyType;
import dev.leadline.routing.policy.RoutingPolicy;
import dev.leadline.routing.policy.leadline.LeadlinePolicy;
import java.util.List;
import java.util.Optional;

/** The list of all policies. A new policy is a class and a line here. */
public final class Policies {

  /** The policy of a group whose configuration names none. */
  public static final RoutingPolicy DEFAULT = new LeadlinePolicy();

  private static final List<PolicyType> ALL =
      List.of(
          LeadlinePolicy.TYPE,
          LeastOutstandingRequestsPolicy.TYPE,
          PeakEwmaPolicy.TYPE,
          PrequalPolicy.TYPE,
          FastestPolicy.TYPE,
          CloudWatchPolicy.TYPE,
          RoundRobinPolicy.TYPE,
          RandomPolicy.TYPE,
          FlowHashPolicy.TYPE);

  private Policies() {}

  /** All policies, in the order of the documentation. */
  public static List<PolicyType> all() {
    return ALL;
  }

  /** The policy with this name. */
  public static Optional<PolicyType> named(String name) {
    return ALL.stream().filter(type -> type.name().equals(name)).findFirst();
  }
}
