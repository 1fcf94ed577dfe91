package dev.leadline.routing.option;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The values that a single word or number of a configuration may stand for.
 *
 * @param allowed what is allowed, in words that can follow "allowed: "
 * @param hint what else helps who wrote something else; empty or begins with a comma
 * @param unit of the values; empty where there is none
 * @param schema the same as keywords of a JSON Schema, as far as these can say it
 * @param parser the value of a text, empty if the text is not allowed
 * @param writer the text of a value
 */
public record ScalarType<T>(
    String allowed,
    String hint,
    String unit,
    Map<String, Object> schema,
    Function<String, Optional<T>> parser,
    Function<T, String> writer) {

  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m)");

  /** A whole number, both limits included. */
  public static ScalarType<Integer> integer(int min, int max) {
    return new ScalarType<>(
        "a whole number from " + min + " to " + max,
        "",
        "",
        Map.of("type", "integer", "minimum", min, "maximum", max),
        text -> valid(text, Integer::valueOf).filter(it -> it >= min && it <= max),
        String::valueOf);
  }

  /** A number, both limits included. */
  public static ScalarType<Double> number(double min, double max) {
    return new ScalarType<>(
        "a number from " + write(min) + " to " + write(max),
        "",
        "",
        Map.of("type", "number", "minimum", min, "maximum", max),
        text -> valid(text, Double::valueOf).filter(it -> it >= min && it <= max),
        ScalarType::write);
  }

  /** Yes or no. */
  public static ScalarType<Boolean> flag() {
    return new ScalarType<>(
        "true or false",
        "",
        "",
        Map.of("type", "boolean"),
        text -> Optional.of(text.equals("true")).filter(it -> it || text.equals("false")),
        String::valueOf);
  }

  /** A time span; both limits, as a configuration writes them, are included. */
  public static ScalarType<Duration> duration(String min, String max) {
    return duration(parseDuration(min).orElseThrow(), parseDuration(max).orElseThrow());
  }

  /** A time span, both limits included. */
  public static ScalarType<Duration> duration(Duration min, Duration max) {
    return new ScalarType<>(
        "a time from " + write(min) + " to " + write(max),
        ", such as 500ms, 10s or 1m",
        "ms, s or m",
        Map.of("type", "string", "pattern", "^" + DURATION.pattern() + "$"),
        text -> parseDuration(text).filter(it -> it.compareTo(min) >= 0 && it.compareTo(max) <= 0),
        ScalarType::write);
  }

  /**
   * A text that a pattern matches as a whole.
   *
   * @param allowed what the pattern allows, in words
   */
  public static ScalarType<String> text(Pattern pattern, String allowed) {
    return new ScalarType<>(
        allowed,
        "",
        "",
        // Not only "string": what looks like a number to YAML is a text too.
        Map.of("type", List.of("string", "number"), "pattern", "^(" + pattern.pattern() + ")$"),
        text -> Optional.of(text).filter(it -> pattern.matcher(it).matches()),
        text -> text);
  }

  /** One of some words. */
  public static ScalarType<String> oneOf(List<String> words) {
    return new ScalarType<>(
        String.join(", ", words),
        "",
        "",
        Map.of("enum", words),
        text -> Optional.of(text).filter(words::contains),
        text -> text);
  }

  /** The same in a unit. */
  public ScalarType<T> in(String named) {
    return new ScalarType<>(allowed, hint, named, schema, parser, writer);
  }

  /**
   * The same with other values behind the texts.
   *
   * @param from throws {@link IllegalArgumentException} for what is not allowed
   */
  public <U> ScalarType<U> as(Function<T, U> from, Function<U, T> to) {
    return new ScalarType<>(
        allowed,
        hint,
        unit,
        schema,
        text -> parser.apply(text).flatMap(value -> valid(value, from)),
        value -> writer.apply(to.apply(value)));
  }

  /**
   * The value of a text that the program itself contains.
   *
   * @throws IllegalArgumentException if it is not allowed
   */
  public T parse(String text) {
    return parser.apply(text).orElseThrow(() -> new IllegalArgumentException(problem(text)));
  }

  /** What is wrong with a text that is not allowed. */
  public String problem(String text) {
    return "is '" + text + "'; allowed: " + allowed + hint;
  }

  private static Optional<Duration> parseDuration(String text) {
    Matcher matcher = DURATION.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    long amount = Long.parseLong(matcher.group(1));
    return Optional.of(
        switch (matcher.group(2)) {
          case "ms" -> Duration.ofMillis(amount);
          case "s" -> Duration.ofSeconds(amount);
          default -> Duration.ofMinutes(amount);
        });
  }

  private static <A, B> Optional<B> valid(A value, Function<A, B> from) {
    try {
      return Optional.of(from.apply(value));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static String write(Duration duration) {
    long millis = duration.toMillis();
    if (millis > 0 && millis % 60_000 == 0) {
      return millis / 60_000 + "m";
    }
    return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
  }

  private static String write(double number) {
    return number == Math.rint(number) ? Long.toString((long) number) : Double.toString(number);
  }
}
