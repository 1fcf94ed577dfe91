package dev.leadline.bench.stats;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What balancers are compared in: a quantile of the latencies of a burst. */
public enum Figure {
  P50(50),
  P99(99),
  /** The time until the last request was answered. */
  TOTAL(100);

  private final double percent;

  Figure(double percent) {
    this.percent = percent;
  }

  /** The share of a burst's requests that took no longer, above 0 and up to 100. */
  double percent() {
    return percent;
  }

  @JsonValue
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
