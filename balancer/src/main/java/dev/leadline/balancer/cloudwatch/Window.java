package dev.leadline.balancer.cloudwatch;

import dev.leadline.balancer.observe.GroupSnapshot;
import dev.leadline.balancer.observe.Metric;
import dev.leadline.balancer.observe.WindowTimes;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

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
   * @param before the group at the beginning; null if nothing had been counted then
   * @param now the group at the end
   * @param times of its requests
   */
  record GroupFigures(@Nullable GroupSnapshot before, GroupSnapshot now, WindowTimes times) {

    /** By how much a counter moved; the value of anything else at the end. */
    double value(Metric<GroupSnapshot> metric) {
      double end = metric.inSeconds(now);
      return metric.type() == Metric.Type.COUNTER && before != null
          ? end - metric.inSeconds(before)
          : end;
    }
  }
}
