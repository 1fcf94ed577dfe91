package dev.leadline.balancer.config;

import dev.leadline.routing.option.ScalarType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * How a value is written in the configuration file.
 *
 * @param shape for people and editors
 * @param example a value; where no key is required the one with every default
 * @param reader makes a value of a node, or throws {@link ConfigException}
 */
record Form<T>(Shape shape, T example, Function<YamlNode, T> reader) {

  T read(YamlNode node) {
    return reader.apply(node);
  }

  /** A single word or number. */
  static <T> Form<T> scalar(ScalarType<T> type, T example) {
    return new Form<>(new Shape.Scalar(type), example, node -> node.scalar(type));
  }

  /**
   * Keys with values.
   *
   * @param maker asks for every key, whatever the values are; see {@link Fields}
   */
  static <T> Form<T> mapping(Function<Fields, T> maker) {
    Fields listed = new Fields();
    T example = maker.apply(listed);
    Shape.Mapping shape = new Shape.Mapping(listed.all());
    TreeSet<String> keys = new TreeSet<>();
    shape.fields().forEach(field -> keys.add(field.key()));
    return new Form<>(
        shape,
        example,
        node -> {
          Map<String, YamlNode> values = node.entries(shape.allowed());
          values.forEach(
              (key, value) -> {
                if (!keys.contains(key)) {
                  throw value.error(
                      "is not a key here; "
                          + Spelling.suggestion(key, keys)
                          + "allowed: "
                          + String.join(", ", keys));
                }
              });
          return maker.apply(new Fields(node, values));
        });
  }

  /** A list of these, with so many at least. */
  Form<List<T>> list(String allowed, int min) {
    return new Form<List<T>>(
            new Shape.Items(allowed, shape, min),
            List.of(example),
            node -> node.items(allowed).stream().map(reader).toList())
        .check(
            (node, items) -> {
              if (items.size() < min) {
                throw node.error("is an empty list; allowed: " + allowed);
              }
            });
  }

  /** Names of the user's own with values of this form. */
  Form<Map<String, T>> named(String allowed, int min, int max) {
    return new Form<Map<String, T>>(
            new Shape.Names(allowed, shape, min, max),
            Map.of("Balancer", example),
            node -> {
              Map<String, T> values = new LinkedHashMap<>();
              node.entries(allowed).forEach((name, value) -> values.put(name, read(value)));
              return values;
            })
        .check(
            (node, values) -> {
              if (values.size() < min || values.size() > max) {
                throw node.error(
                    "has " + values.size() + " entries; allowed: " + min + " to " + max);
              }
            });
  }

  /** This, or where a single word stands what the other form makes of the word. */
  Form<T> orWord(Form<T> word, String allowed) {
    return new Form<>(
        new Shape.AnyOf(allowed, List.of(word.shape, shape)),
        example,
        node -> (node.isScalar() ? word : this).read(node));
  }

  /** The same with a check that throws if something is wrong with a value that was read. */
  Form<T> check(BiConsumer<YamlNode, T> check) {
    return new Form<>(
        shape,
        example,
        node -> {
          T value = read(node);
          check.accept(node, value);
          return value;
        });
  }
}
