package dev.leadline.balancer.observe;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A group at the end of a window of time.
 *
 * @param group the group
 * @param times of its requests within the window
 */
public record WindowReading(GroupSnapshot group, WindowTimes times) {

  /** The groups of several event loops, added up by their names. */
  public static List<WindowReading> sum(List<List<WindowReading>> loops) {
    Map<String, WindowReading> sums = new LinkedHashMap<>();
    for (List<WindowReading> loop : loops) {
      loop.forEach(it -> sums.merge(it.group.name(), it, WindowReading::plus));
    }
    return List.copyOf(sums.values());
  }

  private WindowReading plus(WindowReading other) {
    WindowTimes both = new WindowTimes();
    both.add(times);
    both.add(other.times);
    return new WindowReading(group.plus(other.group), both);
  }
}
