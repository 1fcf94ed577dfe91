package dev.leadline.bench.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.leadline.bench.error.BenchException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Collectors;

/** How this project's JSON files look: indented, instants in ISO 8601. Thread-safe. */
public final class Json {
  public static final JsonMapper MAPPER =
      JsonMapper.builder()
          .addModule(new JavaTimeModule())
          .enable(SerializationFeature.INDENT_OUTPUT)
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .build();

  private Json() {}

  /**
   * Reads a file.
   *
   * @throws BenchException with file, line and key when the file cannot be read as this type
   */
  public static <T> T read(Path file, Class<T> type) {
    try {
      T value = MAPPER.readValue(file.toFile(), type);
      if (value == null) {
        throw BenchException.usage("%s: the file holds no object".formatted(file));
      }
      return value;
    } catch (JsonMappingException e) {
      String key = key(e);
      throw malformed(file, key.isEmpty() ? "" : "key " + key + ": ", e);
    } catch (JsonProcessingException e) {
      throw malformed(file, "not JSON: ", e);
    } catch (IOException e) {
      throw BenchException.usage("%s cannot be read: %s".formatted(file, e.getMessage()));
    }
  }

  private static BenchException malformed(Path file, String where, JsonProcessingException e) {
    return BenchException.usage(
        "%s, line %d: %s%s"
            .formatted(
                file,
                e.getLocation() == null ? 1 : e.getLocation().getLineNr(),
                where,
                e.getOriginalMessage().lines().findFirst().orElse("malformed")));
  }

  private static String key(JsonMappingException e) {
    return e.getPath().stream()
        .map(
            part -> part.getFieldName() == null ? "[" + part.getIndex() + "]" : part.getFieldName())
        .collect(Collectors.joining("."))
        .replace(".[", "[");
  }
}
