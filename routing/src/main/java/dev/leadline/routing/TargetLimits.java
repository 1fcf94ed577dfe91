package dev.leadline.routing;

import dev.leadline.routing.health.SlowStart;
import dev.leadline.routing.resilience.ConcurrencyLimit;
import dev.leadline.routing.resilience.OutlierDetector;
import org.jspecify.annotations.Nullable;

/** What limits the choice of one target beside its health. Not thread-safe. */
final class TargetLimits {

  final OutlierDetector.TargetMonitor outlier;
  final ConcurrencyLimit limit;

  /** Its slow start, while that lasts. */
  SlowStart.@Nullable Ramp ramp;

  TargetLimits(OutlierDetector.TargetMonitor outlier, ConcurrencyLimit limit) {
    this.outlier = outlier;
    this.limit = limit;
  }
}
