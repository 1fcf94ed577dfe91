package dev.leadline.balancer.observe;

import dev.leadline.routing.health.TargetHealth;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What there is to see of a target group at one moment, on one event loop or on several together.
 *
 * @param name name of the group
 * @param policy name of its policy
 * @param counts what was counted since the start
 * @param probes probes since the start that the policy asked for and the budget allowed
 * @param budgetRefusals retries, hedges and probes since the start that the budget did not allow
 * @param loadReports reports of targets about their load since the start that were used
 * @param unusableLoadReports those that were not
 * @param failOpen whether requests go to all targets because none is healthy
 * @param requestsHeld requests that wait for a target with room
 * @param targets the targets, in the order of the group; behind them those that were taken out and
 *     still have requests in flight
 * @param membership where they come from
 */
public record GroupSnapshot(
    String name,
    String policy,
    Counts counts,
    long probes,
    long budgetRefusals,
    long loadReports,
    long unusableLoadReports,
    boolean failOpen,
    int requestsHeld,
    List<TargetSnapshot> targets,
    MembershipSnapshot membership) {

  /** The same with where the targets come from. */
  GroupSnapshot with(MembershipSnapshot known) {
    return new GroupSnapshot(
        name,
        policy,
        counts,
        probes,
        budgetRefusals,
        loadReports,
        unusableLoadReports,
        failOpen,
        requestsHeld,
        targets,
        known);
  }

  /** How many targets the health checks find to be so. */
  int count(TargetHealth.Status health) {
    return (int) targets.stream().filter(it -> it.health() == health).count();
  }

  /**
   * Groups as one, for what is counted in targets: a target that is in both is there once, and is
   * healthy if both groups find it so.
   */
  public GroupSnapshot union(GroupSnapshot other) {
    Map<TargetSnapshot.Key, TargetSnapshot> byTarget = new LinkedHashMap<>();
    targets.forEach(it -> byTarget.put(it.key(), it));
    other.targets.forEach(
        it ->
            byTarget.merge(
                it.key(), it, (a, b) -> a.health() == TargetHealth.Status.HEALTHY ? b : a));
    return new GroupSnapshot(
        name,
        policy,
        counts,
        probes,
        budgetRefusals,
        loadReports,
        unusableLoadReports,
        failOpen || other.failOpen,
        requestsHeld + other.requestsHeld,
        new ArrayList<>(byTarget.values()),
        MembershipSnapshot.NONE);
  }

  /** Both together: the same group on different event loops. */
  GroupSnapshot plus(GroupSnapshot other) {
    return new GroupSnapshot(
        name,
        policy,
        counts.plus(other.counts),
        probes + other.probes,
        budgetRefusals + other.budgetRefusals,
        loadReports + other.loadReports,
        unusableLoadReports + other.unusableLoadReports,
        failOpen || other.failOpen,
        requestsHeld + other.requestsHeld,
        together(targets, other.targets),
        MembershipSnapshot.NONE);
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
