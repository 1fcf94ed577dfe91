package dev.leadline.balancer.proxy;

import dev.leadline.balancer.config.BalancerConfig.Rule;
import dev.leadline.balancer.config.BalancerConfig.WeightedGroup;
import dev.leadline.routing.policy.builtin.SmoothRotation;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The rules of the listener: which target group serves a path. First match wins. Not thread-safe.
 */
final class RuleTable {

  private final List<Entry> entries;

  /**
   * Makes the table.
   *
   * @param groups the groups by name; every name in the rules is among them
   */
  RuleTable(List<Rule> rules, Map<String, ProxyGroup> groups) {
    entries = rules.stream().map(rule -> new Entry(rule, groups)).toList();
  }

  /** The group that serves this path now, or null if no rule matches. */
  @Nullable ProxyGroup find(String path) {
    for (int i = 0; i < entries.size(); i++) {
      Entry entry = entries.get(i);
      if (entry.matches(path)) {
        return entry.nextGroup();
      }
    }
    return null;
  }

  private static final class Entry {
    private final List<PathPattern> patterns;
    private final List<ProxyGroup> forward;
    private final int[] weights;
    private final SmoothRotation rotation;

    Entry(Rule rule, Map<String, ProxyGroup> groups) {
      patterns = rule.paths().stream().map(PathPattern::new).toList();
      forward =
          rule.forward().stream()
              .map(weighted -> Objects.requireNonNull(groups.get(weighted.group())))
              .toList();
      weights = rule.forward().stream().mapToInt(WeightedGroup::weight).toArray();
      rotation = new SmoothRotation(weights.length);
    }

    boolean matches(String path) {
      for (int i = 0; i < patterns.size(); i++) {
        if (patterns.get(i).matches(path)) {
          return true;
        }
      }
      return false;
    }

    /** Exact shares, evenly mixed, where drawing lots would only come near them. */
    ProxyGroup nextGroup() {
      return forward.get(weights.length == 1 ? 0 : rotation.next(weights));
    }
  }
}
