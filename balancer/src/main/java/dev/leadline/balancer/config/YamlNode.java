package dev.leadline.balancer.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A value in a configuration file, with the place it stands at. Reading it as something it is not
 * ends in a {@link ConfigException} that names file, line, key and what is allowed.
 */
abstract sealed class YamlNode {

  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m)");

  private final String file;
  private final int line;
  private final String path;

  private YamlNode(String file, int line, String path) {
    this.file = file;
    this.line = line;
    this.path = path;
  }

  /** A single value, as it is written. */
  static final class Scalar extends YamlNode {
    private final String text;

    Scalar(String file, int line, String path, String text) {
      super(file, line, path);
      this.text = text;
    }
  }

  /** A list. */
  static final class Sequence extends YamlNode {
    private final List<YamlNode> items = new ArrayList<>();

    Sequence(String file, int line, String path) {
      super(file, line, path);
    }

    void add(YamlNode item) {
      items.add(item);
    }
  }

  /** Keys with values. Remembers which keys were asked for: the others are unknown ones. */
  static final class Mapping extends YamlNode {
    private final Map<String, YamlNode> entries = new LinkedHashMap<>();
    private final TreeSet<String> known = new TreeSet<>();

    Mapping(String file, int line, String path) {
      super(file, line, path);
    }

    void put(String key, YamlNode value) {
      if (entries.putIfAbsent(key, value) != null) {
        throw value.error("is there twice; keep one of them");
      }
    }

    /** The value of a key that may be absent. */
    Optional<YamlNode> optional(String key) {
      known.add(key);
      return Optional.ofNullable(entries.get(key));
    }

    /** The value of a key that has to be there; {@code allowed} says what it should be. */
    YamlNode required(String key, String allowed) {
      return optional(key)
          .orElseThrow(() -> error("lacks the key '" + key + "': it needs " + allowed));
    }

    /** Every key with its value, for a mapping whose keys are free. */
    Map<String, YamlNode> all() {
      known.addAll(entries.keySet());
      return entries;
    }

    /** Refuses what nobody asked for. To be called when everything was read. */
    void refuseUnknownKeys() {
      entries.forEach(
          (key, value) -> {
            if (!known.contains(key)) {
              throw value.error("is not a key here; allowed: " + String.join(", ", known));
            }
          });
    }
  }

  /** What stands in the way, with the place: {@code balancer.yaml, line 3: listener.port ...}. */
  ConfigException error(String problem) {
    String subject = path.isEmpty() ? "the file" : path;
    return new ConfigException(file + ", line " + line + ": " + subject + " " + problem);
  }

  /** Path of a key below this node. */
  static String below(String path, String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  Mapping mapping(String allowed) {
    if (this instanceof Mapping mapping) {
      return mapping;
    }
    throw error("is " + describe() + "; allowed: " + allowed);
  }

  List<YamlNode> list(String allowed) {
    if (this instanceof Sequence sequence) {
      return sequence.items;
    }
    throw error("is " + describe() + "; allowed: " + allowed);
  }

  boolean isScalar() {
    return this instanceof Scalar;
  }

  boolean isMapping() {
    return this instanceof Mapping;
  }

  String text(String allowed) {
    if (this instanceof Scalar scalar && !scalar.text.isBlank()) {
      return scalar.text;
    }
    throw error("is " + describe() + "; allowed: " + allowed);
  }

  /** Text that has to match a pattern as a whole. */
  String text(Pattern pattern, String allowed) {
    String text = text(allowed);
    if (!pattern.matcher(text).matches()) {
      throw error("is '" + text + "'; allowed: " + allowed);
    }
    return text;
  }

  int integer(int min, int max) {
    String allowed = "a whole number from " + min + " to " + max;
    String text = text(allowed);
    try {
      int number = Integer.parseInt(text);
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Falls through to the one message for everything that is not such a number.
    }
    throw error("is '" + text + "'; allowed: " + allowed);
  }

  double number(double min, double max) {
    String allowed = "a number from " + Notation.of(min) + " to " + Notation.of(max);
    String text = text(allowed);
    try {
      double number = Double.parseDouble(text);
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Falls through to the one message for everything that is not such a number.
    }
    throw error("is '" + text + "'; allowed: " + allowed);
  }

  boolean flag() {
    return switch (text("true or false")) {
      case "true" -> true;
      case "false" -> false;
      default -> throw error("is '" + text("true or false") + "'; allowed: true or false");
    };
  }

  Duration duration(Duration min, Duration max) {
    String allowed =
        "a time from "
            + Notation.of(min)
            + " to "
            + Notation.of(max)
            + ", such as 500ms, 10s or 1m";
    String text = text(allowed);
    Matcher matcher = DURATION.matcher(text);
    if (matcher.matches()) {
      long amount = Long.parseLong(matcher.group(1));
      Duration duration =
          switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            default -> Duration.ofMinutes(amount);
          };
      if (duration.compareTo(min) >= 0 && duration.compareTo(max) <= 0) {
        return duration;
      }
    }
    throw error("is '" + text + "'; allowed: " + allowed);
  }

  private String describe() {
    if (this instanceof Scalar scalar) {
      return scalar.text.isBlank() ? "empty" : "'" + scalar.text + "'";
    }
    return this instanceof Sequence ? "a list" : "a mapping";
  }
}
