package dev.leadline.routing.policy.builtin;

import dev.leadline.routing.policy.PolicyContext;
import dev.leadline.routing.policy.PolicyRequest;
import dev.leadline.routing.policy.PolicyType;
import dev.leadline.routing.policy.RoutingPolicy;
import dev.leadline.routing.policy.TargetSelector;
import dev.leadline.routing.target.Selection;
import dev.leadline.routing.target.TargetState;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * {@code random}: a random target, with a probability in proportion to its weight. It measures and
 * remembers nothing, and every other policy has to be better. A new target is chosen like any
 * other.
 */
public record RandomPolicy() implements RoutingPolicy {

  static final PolicyType TYPE =
      new PolicyType(
          "random",
          "any target at random, each as likely as its weight says",
          true,
          settings -> new RandomPolicy());

  @Override
  public String name() {
    return TYPE.name();
  }

  @Override
  public TargetSelector newSelector(PolicyContext context) {
    return new Selector(context.random());
  }

  private record Selector(RandomGenerator random) implements TargetSelector {

    @Override
    public Selection select(List<TargetState> candidates, PolicyRequest request, int held) {
      long total = 0;
      for (int i = 0; i < candidates.size(); i++) {
        total += candidates.get(i).target().weight();
      }
      long drawn = random.nextLong(total);
      int chosen = 0;
      for (long passed = candidates.get(0).target().weight();
          passed <= drawn;
          passed += candidates.get(chosen).target().weight()) {
        chosen++;
      }
      return candidates.get(chosen);
    }

    @Override
    public String rule() {
      return "drawn at random";
    }
  }
}
