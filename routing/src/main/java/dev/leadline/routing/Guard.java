package dev.leadline.routing;

import dev.leadline.routing.health.OutlierDetector;
import dev.leadline.routing.health.SlowStart;
import dev.leadline.routing.resilience.ConcurrencyLimit;
import org.jspecify.annotations.Nullable;

/** What decides whether one target may be chosen, beside its health. Not thread-safe. */
final class Guard {

  final OutlierDetector.Record outlier;
  final ConcurrencyLimit limit;

  /** Its way up, while it is on it. */
  SlowStart.@Nullable Ramp ramp;

  Guard(OutlierDetector.Record outlier, ConcurrencyLimit limit) {
    this.outlier = outlier;
    this.limit = limit;
  }
}
