package dev.leadline.balancer.cloudwatch;

import dev.leadline.balancer.observe.GroupMeter.Counts;
import java.time.Instant;
import java.util.List;
import org.HdrHistogram.Histogram;

/**
 * What happened between two moments.
 *
 * @param start its beginning, which is the time its figures are published under
 * @param groups figures of each target group
 */
record Window(Instant start, List<GroupFigures> groups) {

  /**
   * Figures of one target group within a window.
   *
   * @param group name of the group
   * @param before counts at the beginning
   * @param now counts at the end
   * @param responseMicros response times of targets
   * @param healthy targets that are healthy at the end
   * @param unhealthy targets that are unhealthy at the end
   */
  record GroupFigures(
      String group,
      Counts before,
      Counts now,
      Histogram responseMicros,
      int healthy,
      int unhealthy) {}
}
