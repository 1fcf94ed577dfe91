package dev.leadline.balancer.config;

import dev.leadline.routing.option.Option;
import dev.leadline.routing.option.OptionValues;
import dev.leadline.routing.option.ScalarType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The values of a mapping's keys. Without a mapping it lists the keys it is asked for, and answers
 * with defaults, and with examples where a key is required. Not thread-safe.
 */
final class Fields implements OptionValues {

  private final @Nullable YamlNode mapping;
  private final Map<String, YamlNode> values;
  private final List<Shape.Field> all = new ArrayList<>();

  /** Lists keys. */
  Fields() {
    mapping = null;
    values = Map.of();
  }

  /** Reads the values of a mapping. */
  Fields(YamlNode mapping, Map<String, YamlNode> values) {
    this.mapping = mapping;
    this.values = values;
  }

  /** Every key it was asked for. */
  List<Shape.Field> all() {
    return List.copyOf(all);
  }

  @Override
  public <T> T get(Option<T> option, ScalarType<T> narrowed) {
    Shape shape = new Shape.Scalar(option.type());
    String usual = option.type().writer().apply(option.usual());
    return value(
            new Shape.Field(
                option.key(), shape, option.isRequired(), usual, false, option.meaning()),
            Form.scalar(narrowed, option.usual()))
        .orElse(option.usual());
  }

  /** A word or number that must be there. */
  <T> T required(String key, ScalarType<T> type, String example, String meaning) {
    return get(Option.required(key, type, type.parse(example), meaning));
  }

  /** A value that must be there. */
  <T> T required(String key, Form<T> form, String meaning) {
    return value(new Shape.Field(key, form.shape(), true, "", false, meaning), form)
        .orElse(form.example());
  }

  /**
   * A value that may be absent.
   *
   * @param usual what then holds, in words
   */
  <T> Optional<T> optional(String key, Form<T> form, String usual, String meaning) {
    return value(new Shape.Field(key, form.shape(), false, usual, true, meaning), form);
  }

  /** A mapping that may be absent: then all of its keys have their defaults. */
  <T> T group(String key, Form<T> form, String meaning) {
    return optional(key, form, "its defaults", meaning).orElse(form.example());
  }

  private <T> Optional<T> value(Shape.Field field, Form<T> form) {
    all.add(field);
    Optional<YamlNode> node = Optional.ofNullable(values.get(field.key()));
    if (mapping != null && field.isRequired() && node.isEmpty()) {
      throw mapping.error(
          "lacks the key '" + field.key() + "': it needs " + field.shape().allowed());
    }
    return node.map(form::read);
  }
}
