package dev.leadline.routing.policy.builtin;

import dev.leadline.routing.policy.PolicyContext;
import dev.leadline.routing.policy.PolicyRequest;
import dev.leadline.routing.policy.PolicyType;
import dev.leadline.routing.policy.RoutingPolicy;
import dev.leadline.routing.policy.TargetSelector;
import dev.leadline.routing.target.Selection;
import dev.leadline.routing.target.TargetState;
import java.util.List;

/**
 * {@code least_outstanding_requests}: the target with the fewest requests in flight for its weight;
 * equals take turns. A slow target keeps its requests longer and so gets fewer, although nothing is
 * measured.
 */
public record LeastOutstandingRequestsPolicy() implements RoutingPolicy {

  static final PolicyType TYPE =
      new PolicyType(
          "least_outstanding_requests",
          "the target with the fewest requests in flight for its weight; equals take turns",
          true,
          settings -> new LeastOutstandingRequestsPolicy());

  @Override
  public String name() {
    return TYPE.name();
  }

  @Override
  public TargetSelector newSelector(PolicyContext context) {
    return new Selector();
  }

  private static final class Selector implements TargetSelector {

    private final LeastLoad leastLoad = new LeastLoad(LoadMetric.REQUESTS_IN_FLIGHT);

    @Override
    public Selection select(List<TargetState> candidates, PolicyRequest request, int held) {
      return leastLoad.choose(candidates);
    }

    @Override
    public double load(TargetState candidate) {
      return LoadMetric.REQUESTS_IN_FLIGHT.load(candidate);
    }

    @Override
    public String rule() {
      return "fewest requests in flight for its weight";
    }
  }
}
