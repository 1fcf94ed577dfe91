package dev.leadline.bench.lab;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import dev.leadline.bench.error.BenchException;
import dev.leadline.bench.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;

/** Reads a lab file; what is wrong with it is said in one sentence with file, place and key. */
public final class LabFile {
  private LabFile() {}

  /**
   * Reads and checks a lab file.
   *
   * @throws BenchException when the file is missing, is no JSON, or describes no usable lab
   */
  public static LabDescription read(Path file) {
    if (!Files.isRegularFile(file)) {
      throw BenchException.usage(
          "lab file %s does not exist: bring the lab up first, or name servers with --balancer"
              .formatted(file));
    }
    try {
      LabDescription lab = Json.MAPPER.readValue(file.toFile(), LabDescription.class);
      if (lab == null) {
        throw BenchException.usage("%s: the file holds no lab".formatted(file));
      }
      LabValidator.check(lab, file.toString());
      return lab;
    } catch (JsonMappingException e) {
      throw BenchException.usage(
          "%s%s: key %s: %s".formatted(file, line(e), key(e), firstLine(e.getOriginalMessage())));
    } catch (JsonProcessingException e) {
      throw BenchException.usage(
          "%s%s: not JSON: %s".formatted(file, line(e), firstLine(e.getOriginalMessage())));
    } catch (IOException e) {
      throw BenchException.usage("%s cannot be read: %s".formatted(file, e.getMessage()));
    }
  }

  private static String line(JsonProcessingException e) {
    return e.getLocation() == null ? "" : ", line " + e.getLocation().getLineNr();
  }

  private static String key(JsonMappingException e) {
    return e.getPath().stream()
        .map(
            part -> part.getFieldName() == null ? "[" + part.getIndex() + "]" : part.getFieldName())
        .collect(Collectors.joining("."))
        .replace(".[", "[");
  }

  private static String firstLine(String message) {
    return message.lines().findFirst().orElse("malformed");
  }
}
