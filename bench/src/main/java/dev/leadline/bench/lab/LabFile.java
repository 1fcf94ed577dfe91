package dev.leadline.bench.lab;

import dev.leadline.bench.error.BenchException;
import dev.leadline.bench.json.Json;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads and checks a lab file. */
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
    LabDescription lab = Json.read(file, LabDescription.class);
    LabValidator.check(lab, file.toString());
    return lab;
  }
}
