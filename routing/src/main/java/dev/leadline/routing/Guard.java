package dev.leadline.routing;

import dev.leadline.routing.health.OutlierDetector;
import dev.leadline.routing.health.SlowStart;
import dev.leadline.routing.resilience.ConcurrencyLimit;
import org.jspecify.annotations.Nullable;

/** What decides whether one target may be chosen, beside its health. Not thread-safe. */
final class Guard {

  final OutlierDetector.Conduct outlier;
  final ConcurrencyLimit limit;

  /** Its way up, while it is on it. */
  SlowStart.@Nullable Ramp ramp;

  Guard(OutlierDetector.Conduct outlier, ConcurrencyLimit limit) {
    this.outlier = outlier;
    this.limit = limit;
  }
}
