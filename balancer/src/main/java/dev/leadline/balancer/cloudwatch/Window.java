package dev.leadline.balancer.cloudwatch;

import dev.leadline.balancer.observe.BalancerSnapshot;
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
 * @param before the balancer at the beginning; null if nothing had been counted then
 * @param now the balancer at the end
 * @param groups figures of each target group
 */
record Window(
    Instant start,
    @Nullable BalancerSnapshot before,
    BalancerSnapshot now,
    List<GroupFigures> groups) {

  /** By how much a counter of the balancer moved; the value of anything else at the end. */
  double value(Metric<BalancerSnapshot> metric) {
    return moved(metric, before, now);
  }

  private static <T> double moved(Metric<T> metric, @Nullable T before, T now) {
    double end = metric.inSeconds(now);
    return metric.type() == Metric.Type.COUNTER && before != null
        ? end - metric.inSeconds(before)
        : end;
  }

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
      return moved(metric, before, now);
    }
  }
}
