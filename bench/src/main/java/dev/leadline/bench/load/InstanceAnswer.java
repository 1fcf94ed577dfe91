package dev.leadline.bench.load;

import com.fasterxml.jackson.databind.JsonNode;
import dev.leadline.bench.json.Json;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The body an instance answers with: JSON that names the instance as {@code instance_id}. */
final class InstanceAnswer {
  static final String UNEXPECTED = "unexpected body";

  static final String EXAMPLE = "{\"number\": 1, \"instance_id\": \"i-1\"}";

  private static final int MAX_ID_LENGTH = 64;

  private InstanceAnswer() {}

  /** The instance id, or null when this is no such answer. */
  static @Nullable String instanceId(Buffer body) {
    try {
      JsonNode id = Json.MAPPER.readTree(body.getBytes()).path("instance_id");
      String name = id.isTextual() ? id.textValue() : "";
      return name.isEmpty() || name.length() > MAX_ID_LENGTH ? null : name;
    } catch (IOException e) {
      return null;
    }
  }
}
