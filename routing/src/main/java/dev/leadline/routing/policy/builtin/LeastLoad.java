package dev.leadline.routing.policy.builtin;

import dev.leadline.routing.target.TargetState;
import java.util.List;

/**
 * Finds the least loaded of some candidates by any {@link LoadMetric}. Equals take turns: the
 * search starts behind the last one chosen. Not thread-safe.
 */
final class LeastLoad {

  private final LoadMetric metric;
  private int start;

  LeastLoad(LoadMetric metric) {
    this.metric = metric;
  }

  /** The least loaded candidate; there has to be one. */
  TargetState choose(List<TargetState> candidates) {
    int size = candidates.size();
    // The set may have shrunk since; the position never exceeds a group's size, so nothing
    // overflows.
    int position = start < size ? start : 0;
    int chosen = position;
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < size; i++) {
      double load = metric.load(candidates.get(position));
      if (load < least) {
        least = load;
        chosen = position;
      }
      position = position + 1 == size ? 0 : position + 1;
    }
    start = chosen + 1 == size ? 0 : chosen + 1;
    return candidates.get(chosen);
  }
}
