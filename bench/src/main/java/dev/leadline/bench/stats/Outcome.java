package dev.leadline.bench.stats;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What a comparison says of the candidate. */
public enum Outcome {
  /** It takes less time. */
  BETTER,
  /** It takes more time. */
  WORSE,
  /** It takes less in one figure and more in another; only of a path as a whole. */
  MIXED,
  /** None was shown, or one that is certainly too small to matter. */
  NO_DIFFERENCE_SHOWN,
  /** Not even the clearest difference could be shown with so few rounds. */
  NOT_ENOUGH_ROUNDS;

  @JsonValue
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
