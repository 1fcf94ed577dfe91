package dev.leadline.balancer.config;

import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.TreeMap;

/** The JSON Schema of the configuration file, with which editors check and complete it. */
public final class JsonSchema {

  private JsonSchema() {}

  /** The schema as JSON text. */
  public static String text() {
    // Draft 7, because every editor with YAML support understands it.
    JsonObject schema =
        new JsonObject()
            .put("$schema", "http://json-schema.org/draft-07/schema#")
            .put("title", "Configuration of the Leadline balancer");
    return schema.mergeIn(of(BalancerForm.FORM.shape())).encodePrettily() + "\n";
  }

  private static JsonObject of(Shape shape) {
    if (shape instanceof Shape.Scalar scalar) {
      return new JsonObject(new TreeMap<>(scalar.type().schema()));
    }
    if (shape instanceof Shape.Mapping mapping) {
      JsonObject properties = new JsonObject();
      JsonArray required = new JsonArray();
      for (Shape.Field field : mapping.fields()) {
        properties.put(field.key(), of(field));
        if (field.isRequired()) {
          required.add(field.key());
        }
      }
      JsonObject schema = new JsonObject().put("type", "object").put("properties", properties);
      if (!required.isEmpty()) {
        schema.put("required", required);
      }
      return schema.put("additionalProperties", false);
    }
    if (shape instanceof Shape.Names names) {
      return new JsonObject()
          .put("type", "object")
          .put("additionalProperties", of(names.value()))
          .put("minProperties", names.min())
          .put("maxProperties", names.max());
    }
    if (shape instanceof Shape.Items items) {
      return new JsonObject()
          .put("type", "array")
          .put("items", of(items.item()))
          .put("minItems", items.min());
    }
    JsonArray choices = new JsonArray();
    ((Shape.AnyOf) shape).shapes().forEach(choice -> choices.add(of(choice)));
    return new JsonObject().put("anyOf", choices);
  }

  private static JsonObject of(Shape.Field field) {
    JsonObject schema = of(field.shape());
    String description = field.meaning();
    if (field.shape() instanceof Shape.Scalar scalar) {
      description += " Allowed: " + scalar.allowed() + ".";
      description += field.unit().isEmpty() ? "" : " Unit: " + field.unit() + ".";
      if (!field.isRequired() && !field.isUsualInWords()) {
        String type = String.valueOf(scalar.type().schema().get("type"));
        boolean isText = field.usual().isEmpty() || !type.matches("integer|number|boolean");
        schema.put("default", isText ? field.usual() : Json.decodeValue(field.usual()));
      }
    }
    return new JsonObject().put("description", description).mergeIn(schema);
  }
}
