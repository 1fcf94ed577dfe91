package dev.leadline.routing.policy.builtin;

import dev.leadline.routing.policy.PolicyType;
import dev.leadline.routing.policy.RoutingPolicy;
import dev.leadline.routing.policy.leadline.LeadlinePolicy;
import java.util.List;
import java.util.Optional;

/** The policies there are. A new one is a class and a line here. */
public final class Policies {

  /** The one that is used where configuration names none. */
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

  /** All of them, in the order in which to read about them. */
  public static List<PolicyType> all() {
    return ALL;
  }

  /** The one with this name. */
  public static Optional<PolicyType> named(String name) {
    return ALL.stream().filter(type -> type.name().equals(name)).findFirst();
  }
}
