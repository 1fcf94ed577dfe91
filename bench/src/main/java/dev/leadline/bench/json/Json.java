package dev.leadline.bench.json;

import static com.fasterxml.jackson.core.StreamReadFeature.STRICT_DUPLICATE_DETECTION;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.leadline.bench.error.BenchException;
import dev.leadline.bench.error.FileError;
import java.io.IOException;
import java.nio.file.Path;

/** How this project's JSON files look: indented, instants in ISO 8601. Thread-safe. */
public final class Json {
  public static final JsonMapper MAPPER =
      JsonMapper.builder()
          .addModule(new JavaTimeModule())
          // A record's components as declared, then what its methods add: the JVM returns methods
          // in any order, another one in the next run.
          .enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
          .enable(MapperFeature.SORT_CREATOR_PROPERTIES_BY_DECLARATION_ORDER)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .build();

  private Json() {}

  /** A value as the content of a file. */
  public static String text(Object value) {
    try {
      return MAPPER.writeValueAsString(value) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Reads a file.
   *
   * @throws BenchException with file, line and key when the file cannot be read as this type
   */
  public static <T> T read(Path file, Class<T> type) {
    try {
      T value = MAPPER.readerFor(type).with(STRICT_DUPLICATE_DETECTION).readValue(file.toFile());
      if (value == null) {
        throw BenchException.usage("%s: the file holds no object".formatted(file));
      }
      return value;
    } catch (JsonProcessingException e) {
      throw BenchException.usage(
          "%s, line %d: %s"
              .formatted(
                  file,
                  e.getLocation() == null ? 1 : e.getLocation().getLineNr(),
                  JsonProblem.describe(e)));
    } catch (IOException e) {
      throw BenchException.usage("%s cannot be read: %s".formatted(file, FileError.reason(e)));
    }
  }
}
