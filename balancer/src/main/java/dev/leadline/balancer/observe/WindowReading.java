package dev.leadline.balancer.observe;

import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/**
 * A group at the end of a window of time.
 *
 * @param group the group
 * @param responseMicros response times of its targets within the window, in microseconds
 */
public record WindowReading(GroupSnapshot group, Histogram responseMicros) {

  /** The same groups on several event loops, one at least, added up. */
  public static List<WindowReading> sum(List<List<WindowReading>> loops) {
    List<WindowReading> sums = new ArrayList<>();
    for (int i = 0; i < loops.get(0).size(); i++) {
      int place = i;
      List<WindowReading> parts = loops.stream().map(it -> it.get(place)).toList();
      Histogram all = new Histogram(parts.get(0).responseMicros);
      parts.forEach(it -> all.add(it.responseMicros));
      sums.add(
          new WindowReading(
              GroupSnapshot.sum(parts.stream().map(WindowReading::group).toList()), all));
    }
    return sums;
  }
}
