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
 * {@code round_robin}: one target after the other, each in proportion to its weight. It uses
 * nothing but weights, so a slow target gets as many requests as a fast one.
 */
public record RoundRobinPolicy() implements RoutingPolicy {

  static final PolicyType TYPE =
      new PolicyType(
          "round_robin",
          "one target after the other, each as often as its weight says",
          true,
          settings -> new RoundRobinPolicy());

  @Override
  public String name() {
    return TYPE.name();
  }

  @Override
  public TargetSelector newSelector(PolicyContext context) {
    return new Selector();
  }

  private static final class Selector implements TargetSelector {

    private final SmoothRotation rotation = new SmoothRotation(0);

    @Override
    public void joined(TargetState target) {
      rotation.join(target.index());
    }

    @Override
    public String rule() {
      return "next in turn";
    }

    @Override
    public Selection select(List<TargetState> candidates, PolicyRequest request, int held) {
      TargetState chosen = candidates.get(0);
      long most = Long.MIN_VALUE;
      long total = 0;
      for (int i = 0; i < candidates.size(); i++) {
        TargetState candidate = candidates.get(i);
        int weight = candidate.target().weight();
        total += weight;
        long wealth = rotation.gain(candidate.index(), weight);
        if (wealth > most) {
          most = wealth;
          chosen = candidate;
        }
      }
      rotation.pay(chosen.index(), total);
      return chosen;
    }
  }
}
