package dev.leadline.balancer.observe;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What there is to see of a balancer at one moment, on one event loop or on several together.
 * Immutable, so that it can be read on any thread.
 *
 * @param loops event loops that this is about
 * @param requestsInFlight requests on their way
 * @param reloads reloads of the configuration that succeeded
 * @param failedReloads reloads after which the former configuration stayed
 * @param droppedLogLines lines of the access log since the start that could not be written
 * @param droppedSpans spans since the start that did not reach a collector
 * @param refusedProxyHeaders connections closed because of their PROXY header, or without one
 * @param limits how much of the limits is used
 * @param traffic what went over connections
 * @param counts what was counted since the start
 * @param peers the exchange with other balancers
 * @param groups the target groups, in the order of the configuration
 */
public record BalancerSnapshot(
    int loops,
    int requestsInFlight,
    long reloads,
    long failedReloads,
    long droppedLogLines,
    long droppedSpans,
    long refusedProxyHeaders,
    LimitUse limits,
    Traffic traffic,
    Counts counts,
    PeersSnapshot peers,
    List<GroupSnapshot> groups) {

  /**
   * All of these together; there has to be one. While a reload reaches one loop after the other,
   * they may have different groups.
   */
  public static BalancerSnapshot sum(List<BalancerSnapshot> parts) {
    Map<String, GroupSnapshot> groups = new LinkedHashMap<>();
    for (BalancerSnapshot part : parts) {
      part.groups().forEach(it -> groups.merge(it.name(), it, GroupSnapshot::plus));
    }
    return new BalancerSnapshot(
        parts.stream().mapToInt(BalancerSnapshot::loops).sum(),
        parts.stream().mapToInt(BalancerSnapshot::requestsInFlight).sum(),
        0,
        0,
        0,
        0,
        parts.stream().mapToLong(BalancerSnapshot::refusedProxyHeaders).sum(),
        parts.stream().map(BalancerSnapshot::limits).reduce(LimitUse::plus).orElseThrow(),
        parts.stream().map(BalancerSnapshot::traffic).reduce(Traffic::plus).orElseThrow(),
        parts.stream().map(BalancerSnapshot::counts).reduce(Counts::plus).orElseThrow(),
        PeersSnapshot.OFF,
        List.copyOf(groups.values()));
  }

  /** The same with where the targets of the groups come from, by the group's name. */
  public BalancerSnapshot with(Map<String, MembershipSnapshot> memberships) {
    return new BalancerSnapshot(
        loops,
        requestsInFlight,
        reloads,
        failedReloads,
        droppedLogLines,
        droppedSpans,
        refusedProxyHeaders,
        limits,
        traffic,
        counts,
        peers,
        groups.stream()
            .map(it -> it.with(memberships.getOrDefault(it.name(), MembershipSnapshot.NONE)))
            .toList());
  }

  /** The same with the exchange with other balancers. */
  public BalancerSnapshot with(PeersSnapshot exchange) {
    return new BalancerSnapshot(
        loops,
        requestsInFlight,
        reloads,
        failedReloads,
        droppedLogLines,
        droppedSpans,
        refusedProxyHeaders,
        limits,
        traffic,
        counts,
        exchange,
        groups);
  }

  /** The same with what is counted once for all loops. */
  public BalancerSnapshot with(
      long reloadsDone, long reloadsFailed, long linesDropped, long spansDropped) {
    return new BalancerSnapshot(
        loops,
        requestsInFlight,
        reloadsDone,
        reloadsFailed,
        linesDropped,
        spansDropped,
        refusedProxyHeaders,
        limits,
        traffic,
        counts,
        peers,
        groups);
  }

  /** Connections that are open now: of clients, and to targets. */
  int activeConnections() {
    return limits.connections()
        + groups.stream()
            .flatMap(group -> group.targets().stream())
            .mapToInt(TargetSnapshot::connections)
            .sum();
  }
}
