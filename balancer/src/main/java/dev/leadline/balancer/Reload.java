package dev.leadline.balancer;

import dev.leadline.balancer.config.BalancerConfig;
import dev.leadline.balancer.config.BalancerConfig.Group;
import dev.leadline.balancer.config.ConfigException;
import dev.leadline.routing.target.Target;
import dev.leadline.routing.target.TargetGroup;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The targets of each group as they are now, and how they change while the balancer runs. Not
 * thread-safe: it belongs to the event loop of the {@link Balancer}.
 */
final class Reload {

  private final BalancerConfig config;
  private final Map<String, TargetGroup> groups = new HashMap<>();
  private final Consumer<TargetGroup> apply;

  /**
   * @param config what the balancer was started with
   * @param apply brings a group up to date
   */
  Reload(BalancerConfig config, Consumer<TargetGroup> apply) {
    this.config = config;
    this.apply = apply;
    config.targetGroups().forEach(it -> groups.put(it.name(), it.targets()));
  }

  /** The targets of this group now. */
  List<Target> targets(String group) {
    return group(group).targets();
  }

  /**
   * Takes the targets of another configuration over: new ones join, those that are gone end what
   * they have.
   *
   * @return what was done
   * @throws ConfigException if more than targets differs
   */
  String takeOver(BalancerConfig changed) {
    if (!changed.withoutTargets().equals(config.withoutTargets())) {
      throw new ConfigException(
          "only the targets of groups can change while the balancer runs; restart it for the rest");
    }
    int joined = 0;
    int left = 0;
    for (Group group : changed.targetGroups()) {
      Set<Target> before = new HashSet<>(targets(group.name()));
      Set<Target> after = new HashSet<>(group.targets().targets());
      joined += (int) after.stream().filter(it -> !before.contains(it)).count();
      left += (int) before.stream().filter(it -> !after.contains(it)).count();
      if (!group(group.name()).equals(group.targets())) {
        groups.put(group.name(), group.targets());
        apply.accept(group.targets());
      }
    }
    return joined + " targets joined, " + left + " left";
  }

  private TargetGroup group(String name) {
    return Objects.requireNonNull(groups.get(name), name);
  }
}
