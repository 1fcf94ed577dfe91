package dev.leadline.bench.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import java.net.URI;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What is wrong with a JSON file, in the words of JSON: the library's messages name classes. */
final class JsonProblem {
  private JsonProblem() {}

  static String describe(JsonProcessingException e) {
    if (!(e instanceof JsonMappingException mapping)) {
      return "not JSON: " + firstLine(e.getOriginalMessage());
    }
    String key = key(mapping);
    String where = key.isEmpty() ? "the file" : "key " + key;
    return e instanceof MismatchedInputException mismatched
        ? where + " must be " + kind(mismatched.getTargetType())
        : where + " cannot be used";
  }

  private static String kind(@Nullable Class<?> type) {
    if (type == null || Map.class.isAssignableFrom(type) || type.isRecord()) {
      return "an object with all of its keys";
    }
    if (type.isEnum()) {
      return Stream.of(type.getEnumConstants())
          .map(constant -> "\"" + Json.MAPPER.convertValue(constant, String.class) + "\"")
          .collect(Collectors.joining(" or "));
    }
    if (Collection.class.isAssignableFrom(type)) {
      return "a list";
    }
    if (List.of(int.class, Integer.class, long.class, Long.class).contains(type)) {
      return "a whole number";
    }
    if (type == boolean.class || type == Boolean.class) {
      return "true or false";
    }
    if (Number.class.isAssignableFrom(type) || type.isPrimitive()) {
      return "a number";
    }
    if (type == Instant.class) {
      return "a time such as \"2026-03-01T12:00:10Z\"";
    }
    return type == URI.class ? "a URL" : "a text";
  }

  private static String key(JsonMappingException e) {
    return e.getPath().stream()
        .map(
            part -> part.getFieldName() == null ? "[" + part.getIndex() + "]" : part.getFieldName())
        .collect(Collectors.joining("."))
        .replace(".[", "[");
  }

  private static String firstLine(@Nullable String text) {
    return text == null ? "malformed" : text.lines().findFirst().orElse("malformed");
  }
}
