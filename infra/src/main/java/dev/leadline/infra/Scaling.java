package dev.leadline.infra;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * How many instances an Auto Scaling group has.
 *
 * @param min at least 1
 * @param max not below {@code min}
 * @param targetCpu percent of the instances' CPU, on average, that scaling holds
 */
record Scaling(int min, int max, int targetCpu) {
  /** Its keys in the object that it belongs to. */
  static final Set<String> KEYS = Set.of("min", "max", "targetCpu");

  private static final int DEFAULT_TARGET_CPU = 50;

  /**
   * Reads {@code min}, {@code max} and {@code targetCpu}.
   *
   * @param most instances that a group of this kind may have
   * @return empty where none of them is there
   */
  static Optional<Scaling> read(Context entry, int most) {
    if (!entry.has("min") && !entry.has("max")) {
      if (entry.has("targetCpu")) {
        throw entry.wrong("targetCpu", "none without min and max, between which it scales");
      }
      return Optional.empty();
    }
    int min = entry.wholeNumber("min", 1, most);
    return Optional.of(
        new Scaling(
            min,
            entry.wholeNumber("max", min, most),
            entry.wholeNumber("targetCpu", 10, 90, DEFAULT_TARGET_CPU)));
  }

  /** Refuses a group where there can be none. */
  static void refuse(Context entry, String reason) {
    for (String key : List.of("min", "max", "targetCpu")) {
      if (entry.has(key)) {
        throw entry.wrong(key, "none " + reason);
      }
    }
  }
}
