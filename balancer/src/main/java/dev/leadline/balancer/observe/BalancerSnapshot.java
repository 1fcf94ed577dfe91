package dev.leadline.balancer.observe;

import java.util.ArrayList;
import java.util.List;

/**
 * What there is to see of a balancer at one moment, on one event loop or on several together.
 * Immutable, so that it can be read on any thread.
 *
 * @param loops event loops that this is about
 * @param requestsInFlight requests on their way
 * @param droppedLogLines lines of the access log since the start that could not be written
 * @param limits how much of the limits is used
 * @param counts what was counted since the start
 * @param groups the target groups, in the order of the configuration
 */
public record BalancerSnapshot(
    int loops,
    int requestsInFlight,
    long droppedLogLines,
    LimitUse limits,
    Counts counts,
    List<GroupSnapshot> groups) {

  /** All of these together; there has to be one, and all have the same groups. */
  public static BalancerSnapshot sum(List<BalancerSnapshot> parts) {
    List<GroupSnapshot> groups = new ArrayList<>();
    for (int i = 0; i < parts.get(0).groups().size(); i++) {
      int place = i;
      groups.add(GroupSnapshot.sum(parts.stream().map(it -> it.groups().get(place)).toList()));
    }
    return new BalancerSnapshot(
        parts.stream().mapToInt(BalancerSnapshot::loops).sum(),
        parts.stream().mapToInt(BalancerSnapshot::requestsInFlight).sum(),
        parts.stream().mapToLong(BalancerSnapshot::droppedLogLines).sum(),
        parts.stream().map(BalancerSnapshot::limits).reduce(LimitUse::plus).orElseThrow(),
        parts.stream().map(BalancerSnapshot::counts).reduce(Counts::plus).orElseThrow(),
        groups);
  }

  /** The same with the lines that the access log of all loops has dropped. */
  public BalancerSnapshot withDroppedLogLines(long lines) {
    return new BalancerSnapshot(loops, requestsInFlight, lines, limits, counts, groups);
  }
}
