package dev.leadline.infra;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An object of cdk.json's context, read by key with the whole key in every complaint.
 *
 * <p>What comes from the command line ({@code -c key=value}) is always text: numbers, booleans,
 * objects and lists are read from text too.
 */
final class Context {
  /** Keys of ours are plain words; the CDK's own have a colon, slash, at sign or hyphen in them. */
  private static final Pattern PLAIN_WORD = Pattern.compile("[A-Za-z0-9_]+");

  private static final ObjectMapper JSON = new ObjectMapper();

  private final String prefix;
  private final Map<String, Object> values;

  private Context(String prefix, Map<String, Object> values) {
    this.prefix = prefix;
    this.values = values;
  }

  /** The whole context of an app. */
  static Context of(Map<String, Object> values) {
    return new Context("", values);
  }

  /**
   * Refuses every key that is not among these, so that a typing error cannot pass for a default.
   */
  void allow(Set<String> keys) {
    for (Map.Entry<String, Object> entry : new TreeMap<>(values).entrySet()) {
      String key = entry.getKey();
      if (!keys.contains(key) && (!prefix.isEmpty() || PLAIN_WORD.matcher(key).matches())) {
        throw new ConfigurationException(
            "unknown key %s (%s); allowed: %s%s"
                .formatted(
                    prefix + key,
                    show(entry.getValue()),
                    String.join(", ", new TreeSet<>(keys)),
                    Spelling.suggestion(key, keys)));
      }
    }
  }

  /** The keys that are there, in alphabetical order. */
  Set<String> keys() {
    return new TreeSet<>(values.keySet());
  }

  boolean has(String key) {
    return values.get(key) != null;
  }

  /** A text that matches the pattern; {@code allowed} says in words what that is. */
  String text(String key, Pattern pattern, String allowed) {
    if (values.get(key) instanceof String text && pattern.matcher(text).matches()) {
      return text;
    }
    throw wrong(key, allowed);
  }

  Optional<String> optionalText(String key, Pattern pattern, String allowed) {
    return has(key) ? Optional.of(text(key, pattern, allowed)) : Optional.empty();
  }

  int wholeNumber(String key, int least, int most) {
    String allowed = "a whole number from %d to %d".formatted(least, most);
    Object value = values.get(key);
    if (value instanceof Number || value instanceof String) {
      try {
        int number = new java.math.BigDecimal(value.toString().strip()).intValueExact();
        if (number >= least && number <= most) {
          return number;
        }
      } catch (ArithmeticException | NumberFormatException notWhole) {
        throw wrong(key, allowed);
      }
    }
    throw wrong(key, allowed);
  }

  /** The number, or {@code otherwise} where nothing is said. */
  int wholeNumber(String key, int least, int most, int otherwise) {
    return has(key) ? wholeNumber(key, least, most) : otherwise;
  }

  boolean flag(String key, boolean otherwise) {
    Object value = values.get(key);
    if (value == null) {
      return otherwise;
    }
    return switch (value.toString()) {
      case "true" -> true;
      case "false" -> false;
      default -> throw wrong(key, "true or false");
    };
  }

  Context object(String key) {
    if (parsed(values.get(key)) instanceof Map<?, ?> map) {
      return nested(key, map);
    }
    throw wrong(key, "an object");
  }

  List<Context> objects(String key) {
    if (!(parsed(values.get(key)) instanceof List<?> list) || list.isEmpty()) {
      throw wrong(key, "a list of at least one object");
    }
    List<Context> objects = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      String item = "%s[%d]".formatted(key, i);
      if (!(list.get(i) instanceof Map<?, ?> map)) {
        throw new ConfigurationException(
            "%s is %s; allowed: an object".formatted(prefix + item, show(list.get(i))));
      }
      objects.add(nested(item, map));
    }
    return List.copyOf(objects);
  }

  /** The objects of a list that may be missing or empty. */
  List<Context> optionalObjects(String key) {
    return !has(key) || List.of().equals(values.get(key)) ? List.of() : objects(key);
  }

  /**
   * The texts of a list, at least one; {@code allowed} says in words what one of them may be.
   *
   * @return an empty list where the key is missing
   */
  List<String> texts(String key, Predicate<String> test, String allowed) {
    if (!has(key)) {
      return List.of();
    }
    if (!(values.get(key) instanceof List<?> list) || list.isEmpty()) {
      throw wrong(key, "a list of at least one text");
    }
    List<String> texts = new ArrayList<>();
    for (Object item : list) {
      if (!(item instanceof String text) || !test.test(text)) {
        throw new ConfigurationException(
            "%s[%d] is %s; allowed: %s".formatted(prefix + key, texts.size(), show(item), allowed));
      }
      texts.add(text);
    }
    return List.copyOf(texts);
  }

  /**
   * The distinct texts of a list, or of a text with commas between; empty for anything else. The
   * caller judges them.
   */
  List<String> list(String key) {
    Object value = parsed(values.get(key));
    List<?> written = value instanceof String text ? List.of(text.split(",", -1)) : List.of();
    written = value instanceof List<?> list ? list : written;
    return written.stream().map(it -> String.valueOf(it).strip()).distinct().toList();
  }

  /** The complaint about the whole object. */
  ConfigurationException problem(String sentence) {
    return new ConfigurationException(
        prefix.substring(0, Math.max(0, prefix.length() - 1)) + " " + sentence);
  }

  /** The value as it stands in the file: text, number, boolean, list or map. */
  @Nullable Object raw(String key) {
    return values.get(key);
  }

  /** The complaint about a key's value. */
  ConfigurationException wrong(String key, String allowed) {
    Object value = values.get(key);
    String is = value == null ? "is missing" : "is " + show(value);
    return new ConfigurationException("%s %s; allowed: %s".formatted(prefix + key, is, allowed));
  }

  private Context nested(String key, Map<?, ?> map) {
    Map<String, Object> copy = new TreeMap<>();
    map.forEach((name, value) -> copy.put(String.valueOf(name), value));
    return new Context(prefix + key + ".", copy);
  }

  private static @Nullable Object parsed(@Nullable Object value) {
    if (!(value instanceof String text)) {
      return value;
    }
    try {
      return JSON.readValue(text, Object.class);
    } catch (JsonProcessingException notJson) {
      return value;
    }
  }

  private static String show(@Nullable Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException unexpected) {
      return String.valueOf(value);
    }
  }
}
