package dev.leadline.routing.policy;

import dev.leadline.routing.NanoClock;
import dev.leadline.routing.target.Selection;
import dev.leadline.routing.target.TargetState;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * {@code round_robin}: one target after the other, each as often as its weight says. Looks at
 * nothing but weights: a slow target gets as many requests as a fast one.
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
  public TargetSelector newSelector(int targets, NanoClock clock, RandomGenerator random) {
    return new Selector(targets);
  }

  private static final class Selector implements TargetSelector {

    private final SmoothRotation rotation;
    private List<TargetState> participants = List.of();

    Selector(int targets) {
      rotation = new SmoothRotation(targets);
    }

    @Override
    public Selection select(List<TargetState> candidates, int held) {
      if (candidates != participants) {
        // What was saved up against other participants would now come as a burst.
        participants = candidates;
        rotation.reset();
      }
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
