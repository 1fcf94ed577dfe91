package dev.leadline.infra;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import software.amazon.awscdk.services.ec2.UserData;

/** One instance's script, made of the files in userdata/ by concatenation only. */
final class UserDataScript {
  private static final String END = "END_OF_FILE";

  private UserDataScript() {}

  /**
   * The script.
   *
   * @param settings become {@code NAME='value'} lines; a value may hold tokens
   * @param platformFiles names in userdata/platform
   * @param files name on the instance, and content
   * @param role the file in userdata that does the work, last
   */
  static UserData render(
      Map<String, String> settings,
      List<String> platformFiles,
      Map<String, String> files,
      String role) {
    StringBuilder script = new StringBuilder("#!/bin/bash\n");
    settings.forEach(
        (name, value) -> {
          if (value.indexOf('\'') >= 0) {
            throw new IllegalArgumentException("a quote in the setting " + name);
          }
          script.append(name).append("='").append(value).append("'\n");
        });
    script.append(resource("common.sh"));
    platformFiles.forEach(file -> script.append(resource("platform/" + file)));
    files.forEach(
        (name, content) -> {
          if (content.lines().anyMatch(END::equals)) {
            throw new IllegalArgumentException(END + " is a line of " + name);
          }
          script.append("write_file ").append(name).append(" <<'").append(END).append("'\n");
          script
              .append(content)
              .append(content.endsWith("\n") ? "" : "\n")
              .append(END)
              .append("\n");
        });
    script.append(resource(role));
    return UserData.custom(script.toString());
  }

  /** A file of userdata/. */
  static String resource(String name) {
    try (InputStream file = UserDataScript.class.getResourceAsStream("/userdata/" + name)) {
      if (file == null) {
        throw new IllegalArgumentException("userdata/" + name + " is not packaged");
      }
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}
