package dev.leadline.routing.policy.builtin;

import dev.leadline.routing.target.TargetState;
import java.util.List;

/**
 * Finds the least loaded candidate by any {@link LoadMetric}. Equals take turns, because the search
 * starts after the last one chosen. Not thread-safe.
 */
final class LeastLoad {

  private final LoadMetric metric;
  private int start;

  LeastLoad(LoadMetric metric) {
    this.metric = metric;
  }

  /** The least loaded candidate. The list must not be empty. */
  TargetState choose(List<TargetState> candidates) {
    int size = candidates.size();
    // The list may be shorter than at the last call.
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
