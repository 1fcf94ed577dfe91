package dev.leadline.routing.option;

import java.time.Duration;
import java.util.Map;

/**
 * Gives the options of one thing their values. What makes a thing from its options asks for every
 * option once, in the same order, whatever the values are: a list of all options is made by letting
 * it ask.
 */
public interface OptionValues {

  /** No option is configured: each has its default. */
  OptionValues DEFAULTS = of(Map.of());

  /**
   * The value of an option.
   *
   * @param narrowed what is allowed here, where that depends on other values; a part of the
   *     option's type
   */
  <T> T get(Option<T> option, ScalarType<T> narrowed);

  /** The value of an option. */
  default <T> T get(Option<T> option) {
    return get(option, option.type());
  }

  /** A whole number without a unit, {@code min} to {@code max}. */
  default int integer(String key, int usual, int min, int max, String meaning) {
    return get(Option.of(key, ScalarType.integer(min, max), usual, meaning));
  }

  /** A whole number of something, {@code min} to {@code max}. */
  default int integer(String key, int usual, int min, int max, String unit, String meaning) {
    return get(Option.of(key, ScalarType.integer(min, max).in(unit), usual, meaning));
  }

  /** A number without a unit, {@code min} to {@code max}. */
  default double number(String key, double usual, double min, double max, String meaning) {
    return get(Option.of(key, ScalarType.number(min, max), usual, meaning));
  }

  /** A number of something, {@code min} to {@code max}. */
  default double number(
      String key, double usual, double min, double max, String unit, String meaning) {
    return get(Option.of(key, ScalarType.number(min, max).in(unit), usual, meaning));
  }

  /** Yes or no. */
  default boolean flag(String key, boolean usual, String meaning) {
    return get(Option.of(key, ScalarType.flag(), usual, meaning));
  }

  /** A time span, {@code min} to {@code max}; all three as a configuration writes them. */
  default Duration duration(String key, String usual, String min, String max, String meaning) {
    ScalarType<Duration> type = ScalarType.duration(min, max);
    return get(Option.of(key, type, type.parse(usual), meaning));
  }

  /**
   * Options as texts by key.
   *
   * @throws IllegalArgumentException from {@code get}, if a text is not allowed or a required
   *     option is absent
   */
  static OptionValues of(Map<String, String> texts) {
    return new OptionValues() {
      @Override
      public <T> T get(Option<T> option, ScalarType<T> narrowed) {
        String text = texts.get(option.key());
        if (text != null) {
          return narrowed
              .parser()
              .apply(text)
              .orElseThrow(
                  () -> new IllegalArgumentException(option.key() + " " + narrowed.problem(text)));
        }
        if (option.isRequired()) {
          throw new IllegalArgumentException(
              option.key() + " is absent: it needs " + narrowed.allowed());
        }
        return option.usual();
      }
    };
  }
}
