package dev.leadline.balancer.observe;

import dev.leadline.balancer.observe.GroupMeter.Counts;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What there is to see of a target group at one moment, on one event loop or on several together.
 *
 * @param name name of the group
 * @param policy name of its policy
 * @param counts requests since the start
 * @param extra requests beyond the clients' own since the start
 * @param failOpen whether requests go to all targets because none is healthy
 * @param requestsHeld requests that wait for a target with room
 * @param targets the targets, in the order of the group; behind them those that were taken out and
 *     still have requests in flight
 */
public record GroupSnapshot(
    String name,
    String policy,
    Counts counts,
    ExtraCounts extra,
    boolean failOpen,
    int requestsHeld,
    List<TargetSnapshot> targets) {

  /** All of these together: the same group on several event loops, one at least. */
  static GroupSnapshot sum(List<GroupSnapshot> parts) {
    return parts.stream().reduce(GroupSnapshot::plus).orElseThrow();
  }

  private GroupSnapshot plus(GroupSnapshot other) {
    return new GroupSnapshot(
        name,
        policy,
        counts.plus(other.counts),
        extra.plus(other.extra),
        failOpen || other.failOpen,
        requestsHeld + other.requestsHeld,
        together(targets, other.targets));
  }

  /** A target that was taken out may still have requests on one loop and none on another. */
  private static List<TargetSnapshot> together(
      List<TargetSnapshot> some, List<TargetSnapshot> others) {
    Map<TargetSnapshot.Key, TargetSnapshot> byTarget = new LinkedHashMap<>();
    some.forEach(it -> byTarget.merge(it.key(), it, TargetSnapshot::plus));
    others.forEach(it -> byTarget.merge(it.key(), it, TargetSnapshot::plus));
    return new ArrayList<>(byTarget.values());
  }
}
