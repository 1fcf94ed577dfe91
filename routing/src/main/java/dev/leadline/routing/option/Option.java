package dev.leadline.routing.option;

/**
 * One option of a configuration: all that is said of it anywhere comes from here.
 *
 * @param key its name in the configuration
 * @param type the values it may have, with their range and unit
 * @param isRequired whether a configuration must have it
 * @param usual its default; of a required option an example
 * @param meaning one sentence for the person who writes the configuration
 */
public record Option<T>(
    String key, ScalarType<T> type, boolean isRequired, T usual, String meaning) {

  /** An option that may be absent. */
  public static <T> Option<T> of(String key, ScalarType<T> type, T usual, String meaning) {
    return new Option<>(key, type, false, usual, meaning);
  }

  /** An option that must be there. */
  public static <T> Option<T> required(String key, ScalarType<T> type, T example, String meaning) {
    return new Option<>(key, type, true, example, meaning);
  }
}
