package dev.leadline.balancer.observe;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * A group at the end of a window of time.
 *
 * @param group the group
 * @param responseMicros response times of its targets within the window, in microseconds
 */
public record WindowReading(GroupSnapshot group, Histogram responseMicros) {

  /** The groups of several event loops, added up by their names. */
  public static List<WindowReading> sum(List<List<WindowReading>> loops) {
    Map<String, WindowReading> sums = new LinkedHashMap<>();
    for (List<WindowReading> loop : loops) {
      loop.forEach(it -> sums.merge(it.group.name(), it, WindowReading::plus));
    }
    return List.copyOf(sums.values());
  }

  private WindowReading plus(WindowReading other) {
    Histogram both = new Histogram(responseMicros);
    both.add(other.responseMicros);
    return new WindowReading(group.plus(other.group), both);
  }
}
