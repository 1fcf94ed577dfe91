package dev.leadline.balancer.config;

import dev.leadline.routing.option.ScalarType;
import java.util.List;
import java.util.stream.Collectors;

/** How a part of the configuration file is written: what the documents of it are made from. */
public sealed interface Shape {

  /** What may stand here, in words that can follow "allowed: ". */
  String allowed();

  /** A single word or number. */
  record Scalar(ScalarType<?> type) implements Shape {
    @Override
    public String allowed() {
      return type.allowed();
    }
  }

  /** Keys with values. */
  record Mapping(List<Field> fields) implements Shape {
    @Override
    public String allowed() {
      return fields.stream().map(Field::key).collect(Collectors.joining(", ", "{", "}"));
    }
  }

  /** Names of the user's own with values, so many at least and at most. */
  record Names(String allowed, Shape value, int min, int max) implements Shape {}

  /** A list, with so many items at least. */
  record Items(String allowed, Shape item, int min) implements Shape {}

  /** One of several shapes. */
  record AnyOf(String allowed, List<Shape> shapes) implements Shape {}

  /**
   * One key of a mapping.
   *
   * @param isRequired whether it must be there
   * @param usual its default; of a required key an example or nothing
   * @param isUsualInWords whether the default is described, and not written as a value
   * @param meaning one sentence
   */
  record Field(
      String key,
      Shape shape,
      boolean isRequired,
      String usual,
      boolean isUsualInWords,
      String meaning) {

    /** Unit of its values; empty where there is none. */
    public String unit() {
      return shape instanceof Scalar scalar ? scalar.type().unit() : "";
    }
  }
}
